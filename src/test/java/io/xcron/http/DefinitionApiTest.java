package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Services and calendars over REST. */
class DefinitionApiTest {
  private static final String SERVICE =
      "{\"nodes\":[{\"url\":\"http://a:1\",\"timeout\":\"3s\",\"health_check\":true,\"healthy\":true},"
          + "{\"url\":\"https://b:2\",\"timeout\":\"10s\",\"health_check\":false,\"healthy\":true}]}";
  private static final String CALENDAR =
      "{\"zone\":\"Europe/Zurich\",\"exclude\":[\"2026-12-25\",\"2027-01-01\"],"
          + "\"exclude_days\":[\"SAT\",\"SUN\"],\"include\":[\"2026-12-26\"],\"on_excluded\":\"next\"}";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

  private Answer put(String path, String body) {
    return server.send("PUT", path, body);
  }

  private void refused(String path, String body, String field) {
    Answer answer = put(path, body);
    assertEquals(400, answer.status(), body + " -> " + answer.body());
    assertEquals("invalid", answer.code());
    assertEquals(field, answer.json().at("/errors/0/field").asText(), answer.body());
  }

  @Test
  void aServiceIsKeptAndTold() {
    Answer created = put("/api/v1/services/pay", SERVICE);
    assertEquals(201, created.status(), created.body());
    assertEquals(SERVICE, created.body());
    assertEquals(SERVICE, server.get("/api/v1/services/pay").body());
    server.sick.add("http://a:1");
    assertEquals(
        SERVICE.replaceFirst("\"healthy\":true", "\"healthy\":false"),
        server.get("/api/v1/services/pay").body());
    Answer replaced = put("/api/v1/services/pay", "{\"nodes\":[{\"url\":\"HTTP://c/\"}]}");
    assertEquals(200, replaced.status());
    assertEquals(
        "{\"nodes\":[{\"url\":\"http://c\",\"timeout\":\"10s\",\"health_check\":false,\"healthy\":true}]}",
        replaced.body());
    put("/api/v1/services/a%20b", "{\"name\":\"a b\",\"nodes\":[]}");
    assertEquals(
        "{\"services\":[{\"name\":\"a b\",\"nodes\":[]},{\"name\":\"pay\",\"nodes\":[{\"url\":\"http://c\","
            + "\"timeout\":\"10s\",\"health_check\":false,\"healthy\":true}]}],\"next_cursor\":null}",
        server.get("/api/v1/services").body());
    assertEquals(204, server.send("DELETE", "/api/v1/services/pay", null).status());
    assertEquals(404, server.send("DELETE", "/api/v1/services/pay", null).status());
    assertEquals(404, server.get("/api/v1/services/pay").status());
    assertEquals(405, server.post("/api/v1/services/pay", "{}").status());
  }

  @Test
  void whatIsWrongWithAServiceIsNamed() {
    String path = "/api/v1/services/s";
    refused(path, "{}", "nodes");
    refused(path, "{\"nodes\":{}}", "nodes");
    refused(path, "{\"nodes\":[1]}", "nodes[0]");
    refused(path, "{\"nodes\":[{}]}", "nodes[0].url");
    refused(path, "{\"nodes\":[{\"url\":\"ftp://a\"}]}", "nodes[0].url");
    refused(path, "{\"nodes\":[{\"url\":\"http://a/x\"}]}", "nodes[0].url");
    refused(path, "{\"nodes\":[{\"url\":\"http://a?x\"}]}", "nodes[0].url");
    refused(path, "{\"nodes\":[{\"url\":\"http://a\"},{\"url\":\"http://a/\"}]}", "nodes[1].url");
    refused(path, "{\"nodes\":[{\"url\":\"http://a\",\"timeout\":\"0s\"}]}", "nodes[0].timeout");
    refused(path, "{\"nodes\":[{\"url\":\"http://a\",\"timeout\":\"25h\"}]}", "nodes[0].timeout");
    refused(
        path, "{\"nodes\":[{\"url\":\"http://a\",\"health_check\":1}]}", "nodes[0].health_check");
    refused(path, "{\"nodes\":[{\"url\":\"http://a\",\"weight\":1}]}", "nodes[0].weight");
    refused(path, "{\"nodes\":[],\"size\":1}", "size");
    refused(path, "{\"nodes\":[],\"name\":\"t\"}", "name");
    refused("/api/v1/services/%0a", "{\"nodes\":[]}", "name");
    assertEquals("malformed", put(path, "[]").code());
    server.registry.full = true;
    refused(path, "{\"nodes\":[]}", "services");
    assertEquals(400, server.get("/api/v1/services?limit=1").status());
  }

  @Test
  void aCalendarIsKeptAndTold() {
    Answer created = put("/api/v1/calendars/bank", CALENDAR);
    assertEquals(201, created.status(), created.body());
    assertEquals(CALENDAR, created.body());
    assertEquals(CALENDAR, server.get("/api/v1/calendars/bank").body());
    Answer small =
        put("/api/v1/calendars/bank", "{\"exclude_days\":[\"sunday\"],\"exclude\":null}");
    assertEquals(200, small.status());
    assertEquals(
        "{\"zone\":\"Asia/Shanghai\",\"exclude\":[],\"exclude_days\":[\"SUN\"],\"include\":[],\"on_excluded\":\"skip\"}",
        small.body());
    assertEquals(
        "{\"calendars\":[{\"name\":\"bank\","
            + small.body().substring(1)
            + "],\"next_cursor\":null}",
        server.get("/api/v1/calendars").body());
    assertEquals(204, server.send("DELETE", "/api/v1/calendars/bank", null).status());
    assertEquals(404, server.get("/api/v1/calendars/bank").status());
    assertEquals(404, server.send("DELETE", "/api/v1/calendars/bank", null).status());
  }

  @Test
  void whatIsWrongWithACalendarIsNamed() {
    String path = "/api/v1/calendars/c";
    refused(path, "{\"zone\":\"Mars\"}", "zone");
    refused(path, "{\"exclude\":[\"25.12.2026\"]}", "exclude");
    refused(path, "{\"exclude\":\"2026-12-25\"}", "exclude");
    refused(path, "{\"include\":[7]}", "include");
    refused(path, "{\"exclude_days\":[\"SATURN\"]}", "exclude_days");
    refused(
        path,
        "{\"exclude_days\":[\"MON\",\"TUE\",\"WED\",\"THU\",\"FRI\",\"SAT\",\"SUN\"]}",
        "exclude_days");
    refused(path, "{\"on_excluded\":\"shift\"}", "on_excluded");
    refused(path, "{\"days\":[]}", "days");
    assertEquals("malformed", put(path, "7").code());
    assertEquals("malformed", put(path, "{}{}").code());
  }

  @Test
  void aTaskMustNameWhatThereIs() {
    String task =
        "{\"schedule\":{\"every\":\"1m\"},\"target\":{\"service\":{\"name\":\"pay\",\"path\":\"/x\"}}}";
    Answer unknown = server.post("/api/v1/tasks", task);
    assertEquals(400, unknown.status());
    assertEquals("target.service.name", unknown.json().at("/errors/0/field").asText());
    Answer calendar = server.post("/api/v1/tasks", HttpTestServer.task("\"calendar\":\"bank\""));
    assertEquals(400, calendar.status());
    assertEquals("calendar", calendar.json().at("/errors/0/field").asText());
    assertEquals(
        "names no calendar that there is: bank", calendar.json().at("/errors/0/reason").asText());
    put("/api/v1/services/pay", SERVICE);
    Answer created = server.post("/api/v1/tasks", task);
    assertEquals(201, created.status(), created.body());
    assertEquals(
        "{\"service\":{\"name\":\"pay\",\"path\":\"/x\",\"arg\":null,\"confirm_timeout\":\"1h\"}}",
        created.json().path("target").toString());
    server.registry.failing = GridException.Kind.NOT_ACCEPTED;
    Answer nobody = server.post("/api/v1/tasks", task.replace("pay", "pax"));
    assertEquals(503, nobody.status());
    assertEquals("not-accepted", nobody.code());
    assertEquals(201, server.post("/api/v1/tasks", task).status(), "it is known without asking");
  }

  @Test
  void readsAreCurrentOrSaidToBeStale() {
    put("/api/v1/calendars/bank", CALENDAR);
    server.registry.failing = GridException.Kind.NOT_ACCEPTED;
    assertEquals("no-owner", server.get("/api/v1/calendars/bank").code());
    assertEquals("no-owner", server.get("/api/v1/services").code());
    assertEquals(200, server.get("/api/v1/calendars/bank?stale=true").status());
    assertEquals("not-accepted", server.send("DELETE", "/api/v1/calendars/bank", null).code());
    server.registry.failing = GridException.Kind.UNKNOWN;
    assertEquals("unknown", server.send("DELETE", "/api/v1/calendars/bank", null).code());
  }
}
