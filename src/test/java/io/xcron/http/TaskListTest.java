package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.http.HttpTestServer.Answer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Lists, and what is done to all that a list would show. */
class TaskListTest {
  private static final String TASKS = "/api/v1/tasks";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

  @Test
  void aListIsCutIntoPagesThatHoldEachTaskOnce() {
    for (int i = 0; i < 137; i++) {
      String labels = "\"labels\":{\"k\":\"" + i % 2 + "\",\"all\":\"1\"}";
      server.post(
          TASKS, task("\"id\":\"t" + i + "\"," + labels + ",\"name\":\"Big job" + i + "\""));
    }
    Set<String> seen = new HashSet<>();
    List<Integer> sizes = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = server.get(TASKS + "?label=k:1&label=all:1&limit=30" + cursor).json();
      page.get("tasks").forEach(task -> assertTrue(seen.add(task.get("id").asText())));
      sizes.add(page.get("tasks").size());
      cursor =
          page.get("next_cursor").isNull() ? "" : "&cursor=" + page.get("next_cursor").asText();
      assertFalse(page.get("incomplete").asBoolean());
    } while (!cursor.isEmpty());
    assertEquals(List.of(30, 30, 8), sizes);
    assertEquals(50, server.get(TASKS).json().get("tasks").size());
    assertEquals(137, server.get(TASKS + "?limit=1000").json().get("tasks").size());
    assertEquals(1, server.get(TASKS + "?q=JOB42").json().get("tasks").size());
    assertEquals(0, server.get(TASKS + "?namespace=other").json().get("tasks").size());
    assertEquals(0, server.get(TASKS + "?state=paused").json().get("tasks").size());
    for (String bad :
        List.of(
            "limit=0",
            "limit=1001",
            "limit=x",
            "cursor=",
            "cursor=%21",
            "cursor=QUFB",
            "state=odd",
            "label=x",
            "stat=paused",
            "limit=1&limit=2",
            "q=%ff",
            "q=%c3")) {
      assertEquals(400, server.get(TASKS + "?" + bad).status(), bad);
    }
    server.grid.incomplete = true;
    assertTrue(server.get(TASKS).json().get("incomplete").asBoolean());
    assertEquals(503, server.get(TASKS + "/export").status());
  }

  @Test
  void twoValuesOfOneLabelFitNoTask() {
    server.post(TASKS, task("\"labels\":{\"env\":\"p\"}"));
    String both = "?label=env:p&label=env:q";
    Answer listed = server.get(TASKS + both);
    assertEquals("{\"tasks\":[],\"next_cursor\":null,\"incomplete\":false}", listed.body());
    assertEquals("", server.get(TASKS + "/export" + both).body());
    assertEquals(0, server.post(TASKS + "/delete" + both, "").json().get("matched").asInt());
    assertEquals(1, server.get(TASKS + "?label=env:p&label=env:p").json().get("tasks").size());
    assertEquals(400, server.get(TASKS + both + "&state=odd").status());
  }

  @Test
  void aBulkChangeTakesItsFiltersFromABodyToo() {
    for (int i = 0; i < 12; i++) {
      server.post(
          TASKS,
          task(
              "\"id\":\"n%d\",\"namespace\":\"ns%d\",\"labels\":{\"k\":\"%d\",\"m\":\"x\"}"
                  .formatted(i, i % 2, i % 3)));
    }
    assertEquals(6, changed("/pause", "{\"namespace\":\"ns1\"}"));
    assertEquals(2, changed("/resume", "{\"namespace\":\"ns1\",\"label\":\"k:0\"}"));
    assertEquals(2, changed("/pause?namespace=ns1", "{\"label\":[\"k:0\",\"m:x\"],\"q\":\"n\"}"));
    assertEquals(6, changed("/resume", "{\"state\":\"paused\",\"q\":\"n\"}"));
    refusedBulk("/pause?namespace=ns1", "{\"namespace\":\"ns1\"}", "namespace");
    refusedBulk("/pause", "{\"labels\":{\"k\":\"0\"}}", "labels");
    refusedBulk("/pause", "{\"ids\":[\"n1\"]}", "ids");
    refusedBulk("/pause", "{\"namespace\":7}", "namespace");
    refusedBulk("/pause", "{\"namespace\":null}", "namespace");
    refusedBulk("/pause", "{\"label\":[]}", "label");
    refusedBulk("/pause", "{\"q\":\"\"}", "q");
    refusedBulk("/pause", "{\"q\":[\"\"]}", "q");
    refusedBulk("/pause?q=", "{}", "q");
    refusedBulk("/delete", "{\"all\":false}", "all");
    for (String path : List.of("/delete", "/pause", "/resume")) {
      for (String all : List.of("\"true\"", "[\"true\"]", "1", "null")) {
        refusedBulk(path, "{\"all\":" + all + "}", "all");
      }
      refusedBulk(path, "{\"namespace\":true}", "namespace");
    }
    assertEquals(400, server.post(TASKS + "/pause", "[]").status());
    assertEquals(400, server.post(TASKS + "/pause", "{} {}").status());
    String form = "application/x-www-form-urlencoded";
    assertEquals(
        415, server.post(TASKS + "/pause", "namespace=ns1", "Content-Type", form).status());
    assertEquals(0, server.get(TASKS + "?state=paused").json().get("tasks").size());
    assertEquals(12, changed("/pause", "{}"));
    assertEquals(6, changed("/delete", "{\"namespace\":\"ns0\"}"));
    assertEquals(6, changed("/delete", "{\"all\":true}"));
  }

  @Test
  void aBulkChangeCountsWhatWasRefusedAndDoesTheRest() {
    for (int i = 0; i < 12; i++) {
      server.post(TASKS, task("\"id\":\"n%d\"".formatted(i)));
    }
    server.grid.refuseChunks.set(1);
    server.grid.refusable = id -> id.startsWith("n1");
    Answer answer = server.post(TASKS + "/pause", "{}");
    assertEquals(12, answer.json().path("matched").asInt());
    assertEquals(9, answer.json().path("changed").asInt());
    assertEquals(3, answer.json().path("failed").asInt());
    assertEquals(9, server.get(TASKS + "?state=paused").json().path("tasks").size());
  }

  @Test
  void aBulkResumeCountsWhatGotAnotherDefinitionAsFailed() {
    for (String id : List.of("a", "b", "c")) {
      server.post(TASKS, task("\"id\":\"%s\"".formatted(id)));
    }
    assertEquals(3, changed("/pause", "{}"));
    String hourly = task("").replace("\"cron\":\"0 1 * * *\"", "\"every\":\"1h\"");
    int[] races = {0};
    server.grid.beforeWrite =
        () -> {
          if (races[0]++ == 0) {
            server.send("PUT", TASKS + "/b", hourly);
            server.send("DELETE", TASKS + "/c", null);
          }
        };
    Answer answer = server.post(TASKS + "/resume", "{}");
    assertEquals(3, answer.json().path("matched").asInt());
    assertEquals(1, answer.json().path("changed").asInt());
    assertEquals(1, answer.json().path("failed").asInt());
    assertEquals("paused", server.get(TASKS + "/b").json().path("state").asText());
    assertEquals(1, changed("/resume", "{}"));
    assertEquals(
        "2026-11-21T09:00:00.000Z", server.get(TASKS + "/b").json().path("next_due").asText());
  }

  private int changed(String path, String body) {
    Answer answer = server.post(TASKS + path, body);
    assertEquals(200, answer.status(), answer.body());
    return answer.json().get("changed").asInt();
  }

  private void refusedBulk(String path, String body, String field) {
    Answer answer = server.post(TASKS + path, body);
    assertEquals(400, answer.status(), answer.body());
    assertEquals(field, answer.json().at("/errors/0/field").asText(), answer.body());
  }

  @Test
  void aBulkChangeTakesTheSameFilters() {
    for (int i = 0; i < 20; i++) {
      server.post(TASKS, task("\"id\":\"t" + i + "\",\"labels\":{\"k\":\"" + i % 2 + "\"}"));
    }
    Answer paused = server.post(TASKS + "/pause?label=k:1", "");
    assertEquals(
        "{\"matched\":10,\"changed\":10,\"failed\":0,\"next_cursor\":null,\"incomplete\":false}",
        paused.body());
    assertEquals(10, server.get(TASKS + "?state=paused").json().get("tasks").size());
    assertEquals(10, server.post(TASKS + "/resume", "").json().get("changed").asInt());
    assertEquals(400, server.post(TASKS + "/delete", "").status());
    assertEquals(400, server.post(TASKS + "/delete?labels=k:1", "").status());
    assertEquals(10, server.post(TASKS + "/delete?label=k:0", "").json().get("changed").asInt());
    assertEquals(10, server.post(TASKS + "/delete?all=true", "").json().get("changed").asInt());
    assertEquals(0, server.grid.size());
  }
}
