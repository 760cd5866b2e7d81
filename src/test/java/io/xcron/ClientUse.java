package io.xcron;

import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/** Uses the client where there is no Hazelcast. */
final class ClientUse {
  private ClientUse() {}

  /** Asks where nobody listens; answers the reason of the failure. */
  static String ask() {
    Schedule hourly = new Schedule.Every(Duration.ofHours(1));
    Task task = new TaskBuilder("t").schedule(hourly).target(new Target.Handler("h", null)).build();
    try (XcronClient client = XcronClient.of(URI.create("http://127.0.0.1:1"), null)) {
      Map<String, XcronException> failures = client.createAll(java.util.List.of(task));
      return String.valueOf(failures.values().iterator().next().reason());
    }
  }
}
