package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The load ahead, counted from 2026-11-21T08:00:00Z on. */
class ForecastTest {
  private static final String TARGET = "\"target\":{\"http\":{\"url\":\"http://127.0.0.1:9/x\"}}";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

  private void put(String id, String schedule, String more) {
    HttpTestServer.Answer answer =
        server.send(
            "PUT", "/api/v1/tasks/" + id, "{\"schedule\":" + schedule + "," + TARGET + more + "}");
    assertEquals(201, answer.status(), answer.body());
  }

  private JsonNode forecast(int hours) {
    HttpTestServer.Answer answer = server.get("/api/v1/forecast?hours=" + hours);
    assertEquals(200, answer.status(), answer.body());
    return answer.json();
  }

  private static long minute(JsonNode forecast, int minute) {
    return forecast.path("minutes").path(minute).asLong();
  }

  @Test
  void eachKindOfScheduleIsCountedInItsMinutes() {
    put("cron", "{\"cron\":\"*/15 * * * *\",\"zone\":\"UTC\"}", "");
    put("same", "{\"cron\":\"*/15 * * * *\",\"zone\":\"UTC\"}", "");
    put("third", "{\"cron\":\"*/15 * * * *\",\"zone\":\"UTC\"}", "");
    put("rate", "{\"every\":\"20m\"}", "");
    put("once", "{\"at\":\"2026-11-21T08:07:30Z\"}", "");
    put("far", "{\"at\":\"2027-11-21T08:07:30Z\"}", "");
    put("delay", "{\"after\":\"50m\"}", "");
    JsonNode forecast = forecast(1);

    assertEquals("2026-11-21T08:00:00.000Z", forecast.path("from").asText());
    assertEquals(60, forecast.path("minutes").size());
    assertEquals(3, minute(forecast, 15));
    assertEquals(3, minute(forecast, 30));
    assertEquals(1, minute(forecast, 20));
    assertEquals(1, minute(forecast, 40));
    assertEquals(1, minute(forecast, 7));
    assertEquals(1, minute(forecast, 50));
    assertEquals(7, forecast.path("tasks").asInt());
    assertEquals(1.0, forecast.path("sampled").asDouble());
    JsonNode crowded = forecast.path("crowded").path(0);
    assertEquals(3, crowded.path("fires").asInt());
    assertTrue(crowded.path("at").asText().endsWith(":00.000Z"));
    long sum = 0;
    for (JsonNode one : forecast.path("minutes")) {
      sum += one.asLong();
    }
    assertEquals(forecast.path("total").asLong(), sum);
  }

  @Test
  void whatDoesNotFireIsNotCounted() {
    put("paused", "{\"every\":\"1m\"}", "");
    server.post("/api/v1/tasks/paused/pause", "");
    put("disabled", "{\"every\":\"1m\"}", ",\"enabled\":false");
    put("few", "{\"every\":\"1m\"}", ",\"max_runs\":3");
    put("short", "{\"every\":\"1m\"}", ",\"end\":\"2026-11-21T08:05:00Z\"");
    put("cron", "{\"cron\":\"* * * * *\",\"zone\":\"UTC\"}", ",\"start\":\"2026-11-21T08:58:00Z\"");

    assertEquals(3 + 5 + 2, forecast(1).path("total").asLong());
  }

  @Test
  void whatACalendarExcludesIsNotCounted() {
    String sunday = "{\"zone\":\"UTC\",\"exclude\":[\"2026-11-22\"]}";
    assertTrue(server.send("PUT", "/api/v1/calendars/c", sunday).status() < 300);
    String hourly = "{\"cron\":\"0 * * * *\",\"zone\":\"UTC\"}";
    put("always", hourly, "");
    put("resting", hourly, ",\"calendar\":\"c\"");
    put("too", hourly, ",\"calendar\":\"c\"");
    put("rate", "{\"every\":\"1h\"}", ",\"calendar\":\"c\"");
    JsonNode forecast = forecast(48);

    assertEquals(4, minute(forecast, 15 * 60));
    for (int hour = 16; hour < 40; hour++) {
      assertEquals(1, minute(forecast, hour * 60), "at " + (hour + 8) + ":00");
    }
    assertEquals(4, minute(forecast, 40 * 60));
  }

  @Test
  void tooManyInstantsAreSampledAndTheAnswerSaysSo() {
    // Each has 5,760 instants in 48 hours: together more than three times what is walked.
    for (int i = 0; i < 2_500; i++) {
      put("fast-" + i, "{\"every\":\"30s\"}", "");
    }
    JsonNode forecast = forecast(48);
    double sampled = forecast.path("sampled").asDouble();
    long seen = forecast.path("tasks").asLong();

    assertTrue(sampled > 0 && sampled < 1, forecast.path("sampled").asText());
    assertTrue(seen < 2_500, "tasks looked at: " + seen);
    double perMinute = minute(forecast, 60);
    assertTrue(Math.abs(perMinute - 5_000) < 2_500, "scaled to about all: " + perMinute);
  }

  @Test
  void anAnswerIsKeptForSomeSecondsAndAFailureIsNot() {
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    assertEquals(503, server.get("/api/v1/forecast").status());
    server.grid.failing = null;
    assertEquals(0, forecast(1).path("total").asLong());
    put("late", "{\"every\":\"1m\"}", "");
    server.pass(Duration.ofSeconds(1));
    assertEquals(0, forecast(1).path("total").asLong(), "the answer of a moment ago");
    assertEquals(119, forecast(2).path("total").asLong(), "another question is another answer");
  }

  @Test
  void theRangeIsBounded() {
    assertEquals(400, server.get("/api/v1/forecast?hours=49").status());
    assertEquals(400, server.get("/api/v1/forecast?hours=0").status());
    assertEquals(400, server.get("/api/v1/forecast?days=1").status());
  }
}
