package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.sink.Postgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Run records on their way from a member in a process of its own to a real PostgreSQL. */
class SinkNodeTest {
  private static final int TASKS = 60;

  @TempDir Path directory;

  private int created;

  @Test
  void anOutageAKillAndAFullStopLeaveNoGapAndNoRowTwiceAndNothingFiresLater() throws Exception {
    try (Postgres postgres = Postgres.start();
        CallbackSink sink = new CallbackSink()) {
      Path data = directory.resolve("data");
      Map<String, String> settings =
          Map.of(
              "XCRON_HISTORY_JDBC_URL", postgres.url().replaceAll("\\?.*", ""),
              "XCRON_HISTORY_JDBC_USER", "xcron",
              "XCRON_HISTORY_JDBC_PASSWORD_SECRET", "database",
              "XCRON_SECRETS_DATABASE", "not asked for");
      try (MemberProcess member = MemberProcess.start(data, settings)) {
        fire(member, sink);
        sink.await("all are rows", 30, () -> rows(postgres).size() == TASKS);
        postgres.crash();
        fire(member, sink);
        assertEquals(2 * TASKS, history(member).size(), "what is read is written");
        fire(member, sink);
        member.kill();
      }
      try (MemberProcess member = MemberProcess.start(data, settings)) {
        fire(member, sink);
        postgres.begin();
        Set<String> kept = history(member);
        assertTrue(kept.size() >= 3 * TASKS, "kill -9 may lose a second: " + kept.size());
        sink.await("all that is kept are rows", 60, () -> rows(postgres).equals(kept));

        fire(member, sink);
        assertEquals(0, member.stop(), member::logText);
        assertEquals(kept.size() + TASKS, rows(postgres).size(), member::logText);
      }
    }
  }

  /** One-shots, half a second ahead and within a second; returns when all have arrived. */
  private void fire(MemberProcess member, CallbackSink sink) throws Exception {
    long due = System.currentTimeMillis() + 500;
    for (int i = 0; i < TASKS; i++) {
      String body =
          "{\"schedule\":{\"at\":%d},\"target\":{\"http\":{\"url\":\"%s\"}}}"
              .formatted(due + i * 10L, sink.url("/once"));
      assertEquals(201, member.call("PUT", "/api/v1/tasks/t" + created++, body).status());
    }
    // After a kill -9 some are called a second time.
    sink.await(
        "all have fired",
        30,
        () ->
            sink.callbacks().stream().map(CallbackSink.Callback::taskId).distinct().count()
                >= created);
  }

  private Set<String> history(MemberProcess member) throws Exception {
    Set<String> found = new TreeSet<>();
    for (int i = 0; i < created; i++) {
      for (JsonNode run : member.get("/api/v1/tasks/t" + i + "/runs").json().path("runs")) {
        found.add("t" + i + "/" + run.path("generation") + "/" + run.path("run_number"));
      }
    }
    return found;
  }

  private static Set<String> rows(Postgres postgres) {
    Set<String> found = new TreeSet<>();
    try (Connection connection = DriverManager.getConnection(postgres.url());
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT task_id, generation, run_number FROM xcron_runs")) {
      while (rows.next()) {
        String row = rows.getString(1) + "/" + rows.getLong(2) + "/" + rows.getLong(3);
        assertTrue(found.add(row), () -> row + " is there twice");
      }
    } catch (SQLException e) {
      return found; // not there yet
    }
    return found;
  }

  @Test
  void whatIsWrongWithTheDatabasesSettingsIsSaidAtTheStart() {
    assertEquals(
        "XCRON_HISTORY_JDBC_URL: must begin with jdbc:postgresql: or jdbc:h2:",
        refusal(Map.of("history.jdbc.url", "jdbc:oracle:thin:@db")));
    assertEquals(
        "XCRON_HISTORY_JDBC_PASSWORD_SECRET: there is no secret pg; set xcron.secrets.pg",
        refusal(
            Map.of(
                "history.jdbc.url", "jdbc:postgresql://db/x",
                "history.jdbc.password-secret", "pg")));
  }

  private static String refusal(Map<String, String> settings) {
    return String.valueOf(
        assertThrows(ConfigurationException.class, () -> NodeConfig.of(settings)).getMessage());
  }
}
