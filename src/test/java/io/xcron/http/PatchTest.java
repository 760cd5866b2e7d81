package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.http.HttpTestServer.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What nobody chose does not become a choice when something else is patched. */
class PatchTest {
  private static final String TASKS = "/api/v1/tasks";

  @AutoClose
  private final HttpTestServer server =
      new HttpTestServer(
          HttpTestServer.config(), new ShellDoor(true, () -> Map.of(), () -> List.of()), null);

  private JsonNode patched(String id, String patch) {
    Answer answer = server.send("PATCH", TASKS + "/" + id, patch);
    assertEquals(200, answer.status(), patch + " -> " + answer.body());
    return answer.json();
  }

  private void create(String body) {
    Answer answer = server.post(TASKS, body);
    assertEquals(201, answer.status(), answer.body());
  }

  @Test
  void theMisfireWindowFollowsTheKindOfTheScheduleWhateverElseWasChosen() {
    String once = "{\"schedule\":{\"at\":\"2027-01-01T00:00:00Z\"}}";
    String again = "{\"schedule\":{\"cron\":\"0 1 * * *\"}}";
    for (String policy : List.of("{}", "{\"priority\":9}", "{\"retry\":{\"attempts\":1}}")) {
      create(task("\"id\":\"a\",\"policy\":" + policy));
      assertTrue(patched("a", once).at("/policy/misfire_window").isNull(), policy);
      assertEquals("24h", patched("a", again).at("/policy/misfire_window").asText(), policy);
      assertEquals(204, server.send("DELETE", TASKS + "/a", null).status());
    }
    create(task("\"id\":\"b\",\"policy\":{\"misfire_window\":\"2h\"}"));
    assertEquals("2h", patched("b", once).at("/policy/misfire_window").asText());
    create(task("\"id\":\"c\",\"policy\":{\"misfire_window\":null}"));
    assertTrue(patched("c", "{\"name\":\"n\"}").at("/policy/misfire_window").isNull());
  }

  @Test
  void theLongestBackoffFollowsTheFirstUnlessItWasChosen() {
    create(task("\"id\":\"a\""));
    JsonNode longer = patched("a", "{\"policy\":{\"retry\":{\"backoff\":\"10m\"}}}");
    assertEquals("10m", longer.at("/policy/retry/max_backoff").asText());
    assertEquals(3, longer.at("/policy/retry/attempts").asInt());
    JsonNode shorter = patched("a", "{\"policy\":{\"retry\":{\"backoff\":\"2s\"}}}");
    assertEquals("5m", shorter.at("/policy/retry/max_backoff").asText());
    patched("a", "{\"policy\":{\"retry\":{\"max_backoff\":\"1h\"}}}");
    JsonNode chosen = patched("a", "{\"policy\":{\"retry\":{\"backoff\":\"10m\"}}}");
    assertEquals("1h", chosen.at("/policy/retry/max_backoff").asText());
    String tooLong = "{\"policy\":{\"retry\":{\"backoff\":\"2h\"}}}";
    assertEquals(400, server.send("PATCH", TASKS + "/a", tooLong).status());
  }

  @Test
  void aPlaceReplacesTheOneThatWasThere() {
    create(
        "{\"id\":\"s\",\"schedule\":{\"every\":\"1h\"},"
            + "\"target\":{\"shell\":{\"command\":\"true\",\"env\":{\"A\":\"1\"}}}}");
    for (String place :
        List.of(
            "\"group\":\"g\"",
            "\"member\":\"10.0.0.1:5701\"",
            "\"broadcast\":true",
            "\"any\":true",
            "\"group\":\"h\"")) {
      JsonNode shell = patched("s", "{\"target\":{\"shell\":{" + place + "}}}").at("/target/shell");
      assertTrue(shell.toString().contains(place), shell.toString());
      assertEquals(4, shell.size(), shell.toString());
      assertEquals("{\"A\":\"1\"}", shell.path("env").toString());
    }
    for (String none : List.of("\"any\":false", "\"broadcast\":false", "\"timeout\":\"5s\"")) {
      JsonNode shell = patched("s", "{\"target\":{\"shell\":{" + none + "}}}").at("/target/shell");
      assertEquals("h", shell.path("group").asText(), none);
    }
    JsonNode left = patched("s", "{\"target\":{\"shell\":{\"group\":null}}}").at("/target/shell");
    assertTrue(left.path("any").asBoolean(), left.toString());
    String two = "{\"target\":{\"shell\":{\"group\":\"g\",\"member\":\"m:1\"}}}";
    assertEquals(400, server.send("PATCH", TASKS + "/s", two).status());
  }
}
