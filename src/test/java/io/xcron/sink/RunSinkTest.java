package io.xcron.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.journal.RunStore;
import io.xcron.journal.RunStoreConfig;
import io.xcron.journal.RunStoreListener;
import io.xcron.journal.StoredRun;
import io.xcron.model.RunCodec;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stories of a sink, on H2 in this process; {@link PostgresSinkTest} tells them again. */
class RunSinkTest {
  private static final long DUE = 1_795_248_000_000L;

  @TempDir Path directory;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private @Nullable Server server;

  /** Begins with an empty database that can be stopped. */
  void startDatabase() throws Exception {
    serve("0");
  }

  private void serve(String port) throws SQLException {
    server =
        Server.createTcpServer(
                "-tcpPort", port, "-ifNotExists", "-baseDir", directory.resolve("db").toString())
            .start();
  }

  private Server server() {
    return Objects.requireNonNull(server);
  }

  void crashDatabase() throws Exception {
    server().stop();
  }

  void restartDatabase() throws Exception {
    serve(String.valueOf(server().getPort()));
  }

  String url() {
    return "jdbc:h2:tcp://127.0.0.1:" + server().getPort() + "/./history";
  }

  @BeforeEach
  void start() throws Exception {
    startDatabase();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    stopDatabase();
  }

  void stopDatabase() throws Exception {
    crashDatabase();
  }

  private RunStore store(long maxBytes) {
    RunStoreConfig config =
        new RunStoreConfig(
            directory.resolve("runs"),
            Duration.ofDays(7),
            maxBytes,
            0,
            1 << 20,
            16_384,
            Duration.ofHours(6));
    RunStore store = RunStore.open(config, RunStoreListener.NONE, System::currentTimeMillis);
    opened.add(store);
    return store;
  }

  private RunSink sink(RunStore store) {
    SinkConfig config =
        SinkConfig.of(url(), null, null, "c1", "10.0.0.1:5701")
            .withTimes(
                Duration.ofMillis(10),
                new SinkConfig.Pauses(Duration.ofMillis(10), Duration.ofMillis(40)));
    RunSink sink = RunSink.open(store, directory.resolve("runs"), config);
    opened.add(sink);
    return sink;
  }

  private static RunRecord run(
      String id, long number, RunOutcome outcome, @Nullable String output) {
    long due = DUE + number * 1_000;
    RunRecord.Try attempt =
        new RunRecord.Try(2, due + 3, due + 40, "10.0.0.1:5701", 503, "the answer was 503");
    return new RunRecord(
        id,
        5,
        number,
        due,
        due + 1,
        due + 3,
        due + 40,
        outcome,
        true,
        outcome.delivered() ? List.of(attempt) : List.of(),
        "10.0.0.1:5701",
        77,
        output,
        outcome.delivered() ? null : "the run before it went on");
  }

  private static void record(RunStore store, RunRecord run) {
    store.append(
        3, 42, run.generation(), run.number(), RunCodec.encode("pay", run, store.origin(), 4_096));
  }

  private static void record(RunStore store, long from, long to) {
    for (long number = from; number <= to; number++) {
      record(store, run("settle", number, RunOutcome.SUCCESS, "done"));
    }
    store.flush().join();
  }

  private String ask(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      StringBuilder text = new StringBuilder();
      while (found.next()) {
        for (int column = 1; column <= found.getMetaData().getColumnCount(); column++) {
          text.append(column == 1 ? "" : "|").append(found.getString(column));
        }
        text.append('\n');
      }
      return text.toString().strip();
    }
  }

  private void tell(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void until(String what, BooleanSupplier reached) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("never came: " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  private static void untilAllSent(RunStore store, RunSink sink, long rows) {
    store.flush().join();
    until(
        "all is sent: " + sink.stats(),
        () -> sink.stats().rows() >= rows && sink.stats().behind().isZero());
  }

  private String numbers() throws SQLException {
    return ask("SELECT count(*), min(run_number), max(run_number) FROM xcron_runs");
  }

  @Test
  void aRunIsARowWithAllThatIsKnownOfIt() throws Exception {
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, run("settle", 1, RunOutcome.FAILURE, "nul \0 and 汉字"));
    record(store, run("settle", 2, RunOutcome.SKIPPED, null));
    untilAllSent(store, sink, 2);

    String columns =
        "cluster, task_id, generation, run_number, namespace, outcome, late, attempts, status,"
            + " error, member, fencing_token, output, detail";
    String yes = ask("SELECT late FROM xcron_runs WHERE run_number = 1");
    assertEquals(
        "c1|settle|5|1|pay|failure|"
            + yes
            + "|2|503|the answer was 503|10.0.0.1:5701|77|nul \uFFFD and 汉字|null\n"
            + "c1|settle|5|2|pay|skipped|"
            + yes
            + "|0|null|null|10.0.0.1:5701|77|null|the run before it went on",
        ask("SELECT " + columns + " FROM xcron_runs ORDER BY run_number"));
    assertEquals(
        DUE + 1_001 + "",
        ask("SELECT CAST(EXTRACT(EPOCH FROM due_at) * 1000 AS BIGINT) FROM xcron_runs")
            .lines()
            .findFirst()
            .orElseThrow());
  }

  @Test
  void anOutageLeavesNoGapAndNoRowTwice() throws Exception {
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, 1, 300);
    untilAllSent(store, sink, 300);

    crashDatabase();
    record(store, 301, 1_500);
    until("the outage is noticed", () -> sink.stats().trouble() != null);
    String warning = sink.warning(Duration.ZERO);
    assertNotNull(warning);
    assertTrue(warning.contains("wait in the run store"), warning);
    assertNull(sink.warning(Duration.ofHours(1)), "an operator need not know of a short one");

    restartDatabase();
    untilAllSent(store, sink, 1_500);
    assertEquals("1500|1|1500", numbers());
    assertNull(sink.warning(Duration.ZERO));
    assertEquals(0, sink.stats().dropped());
  }

  @Test
  void restartsAtAnyMomentLeaveNoGapAndNoRowTwice() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    long number = 0;
    for (int life = 0; life < 6; life++) {
      RunStore store = store(1 << 30);
      RunSink sink = sink(store);
      record(store, number + 1, number + 400);
      number += 400;
      if (random.nextBoolean()) {
        long some = 1L + random.nextInt(300);
        until("a part is sent", () -> sink.stats().rows() >= some);
      }
      sink.close();
      store.close();
    }
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, ++number, number);
    untilAllSent(store, sink, 1);
    assertEquals(number + "|1|" + number, numbers(), "seed " + seed);
    assertEquals("1", ask("SELECT count(*) FROM xcron_run_sources"));
    assertTrue(
        sink.stats().rows() < number, "only what was not sealed is sent again: " + sink.stats());
  }

  @Test
  void aDatabaseThatLostItsTablesGetsThemAgainFromWhatIsKept() throws Exception {
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, 1, 1_000);
    untilAllSent(store, sink, 1_000);

    tell("DROP TABLE xcron_runs");
    tell("DROP TABLE xcron_run_sources");
    record(store, 1_001, 1_010);
    untilAllSent(store, sink, 1_900);
    assertEquals("1010|1|1010", numbers());
  }

  @Test
  void anEmptyDatabaseGetsWhatTheOpenFileHoldsToo() throws Exception {
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, 1, 5);
    untilAllSent(store, sink, 5);
    tell("DROP TABLE xcron_runs");
    tell("DROP TABLE xcron_run_sources");
    record(store, 6, 6);
    untilAllSent(store, sink, 11);
    assertEquals("6|1|6", numbers());
  }

  @Test
  void ofOneRunTheRecordThatWasWrittenLastStaysWhateverTheOrder() throws Exception {
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, run("settle", 1, RunOutcome.FAILURE, "first"));
    untilAllSent(store, sink, 1);
    record(store, run("settle", 1, RunOutcome.SUCCESS, "again"));
    untilAllSent(store, sink, 2);
    assertEquals("again", ask("SELECT output FROM xcron_runs"));

    // Another member has copies, and sends them later.
    List<StoredRun> copies = store.after(3, 0, 10);
    assertEquals(2, copies.size());
    Path other = Files.createDirectory(directory.resolve("other"));
    RunStore second =
        RunStore.open(RunStoreConfig.of(other), RunStoreListener.NONE, System::currentTimeMillis);
    opened.add(second);
    second.put(copies.getFirst());
    second.flush().join();
    RunSink late = RunSink.open(second, other, SinkConfig.of(url(), null, null, "c1", "b"));
    opened.add(late);
    untilAllSent(second, late, 1);
    assertEquals("again", ask("SELECT output FROM xcron_runs"));
    assertEquals("2", ask("SELECT count(*) FROM xcron_run_sources"));
  }

  @Test
  void aRecordThatTheDatabaseRefusesIsCountedAndHoldsNobodyUp() throws Exception {
    RunStore store = store(1 << 30);
    RunSink sink = sink(store);
    record(store, 1, 1);
    untilAllSent(store, sink, 1);
    tell("ALTER TABLE xcron_runs ADD CONSTRAINT fair CHECK (run_number <> 7)");
    record(store, 2, 20);
    untilAllSent(store, sink, 19);
    assertEquals(1, sink.stats().refused());
    assertEquals("19|1|20", numbers());
    assertEquals(0, sink.stats().failures());
  }

  @Test
  void whatRetentionTakesDuringAnOutageIsSaidAndTheRestComes() throws Exception {
    RunStore store = store(96 << 10);
    RunSink sink = sink(store);
    record(store, 1, 10);
    untilAllSent(store, sink, 10);

    crashDatabase();
    for (int i = 0; i < 60; i++) {
      record(store, 11 + i * 100, 110 + i * 100);
    }
    until("something was dropped", () -> sink.stats().dropped() > 0);
    restartDatabase();
    untilAllSent(store, sink, 20);
    long there = Long.parseLong(ask("SELECT count(*) FROM xcron_runs"));
    assertEquals(6_010, there + sink.stats().dropped());
    String warning = sink.warning(Duration.ofHours(1));
    assertNotNull(warning);
    assertTrue(warning.startsWith(sink.stats().dropped() + " run records were dropped"), warning);
  }

  @Test
  void otherDatabasesAreRefusedByName() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> SinkConfig.of("jdbc:mysql://db/x", null, null, "c1", "a"));
    assertEquals("must begin with jdbc:postgresql: or jdbc:h2:", refused.getMessage());
    assertEquals(
        "jdbc:postgresql://db/x",
        SinkConfig.of("jdbc:postgresql://db/x?password=secret", "u", "p", "c1", "a").toString());
  }
}
