package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.xcron.http.HttpTestServer.Answer;
import org.junit.jupiter.api.Test;

/** A member that drains takes nothing new, and what helps a run to its end until the last. */
class DrainTest {
  private static final String TASK =
      "{\"id\":\"t\",\"schedule\":{\"every\":\"1h\"},\"target\":{\"http\":{\"url\":\"http://127.0.0.1/\"}}}";

  @Test
  void nothingNewIsTaken() {
    try (HttpTestServer server = new HttpTestServer()) {
      assertEquals(201, server.post("/api/v1/tasks", TASK).status());
      server.draining = true;

      Answer refused = server.post("/api/v1/tasks/t/pause", "");
      assertEquals(503, refused.status());
      assertEquals("not-accepted", refused.code());
      assertEquals("1", refused.header("Retry-After"));
      assertEquals(503, server.post("/api/v1/tasks/import", TASK).status());
      assertEquals(1007, number(server.post("/xcron/createTask", "{}"), "code"));
      assertEquals(10004, number(server.post("/add_task", "{}"), "code"));
      assertEquals(10004, number(server.post("/add_task_server", "{}"), "code"));
      assertEquals(-1, number(server.post("/job/delete", "name=t"), "errno"));
    }
  }

  @Test
  void questionsAndWhatEndsARunAreAnswered() {
    try (HttpTestServer server = new HttpTestServer()) {
      assertEquals(201, server.post("/api/v1/tasks", TASK).status());
      server.draining = true;

      assertEquals(200, server.get("/api/v1/tasks/t").status());
      assertEquals(
          200,
          server
              .post("/api/v1/schedules/preview", "{\"schedule\":{\"cron\":\"* * * * *\"}}")
              .status());
      assertNotEquals(503, server.post("/api/v1/tasks/t/kill", "").status());
      assertNotEquals(10004, number(server.post("/confirm_task", "{}"), "code"));
    }
  }

  private static int number(Answer answer, String field) {
    return answer.json().get(field).asInt();
  }
}
