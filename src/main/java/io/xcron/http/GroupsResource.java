package io.xcron.http;

import io.helidon.http.Status;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The machine groups and who belongs to them now. */
final class GroupsResource {
  private final ShellDoor shell;

  GroupsResource(ShellDoor shell) {
    this.shell = shell;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/groups", this::list);
  }

  private void list(Exchange exchange) {
    // No grant is needed for it, so there is nothing staler.
    exchange.query().allowOnly("stale");
    Map<String, List<String>> groups = new TreeMap<>(shell.groups().get());
    exchange.send(
        Status.OK_200,
        Exchange.JSON,
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart("groups");
              for (Map.Entry<String, List<String>> group : groups.entrySet()) {
                json.writeStartObject();
                json.writeStringField("name", group.getKey());
                json.writeArrayFieldStart("members");
                for (String member : group.getValue()) {
                  json.writeString(member);
                }
                json.writeEndArray();
                json.writeEndObject();
              }
              json.writeEndArray();
              json.writeEndObject();
            }));
  }
}
