package io.xcron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class XcronTest {
  @TempDir Path directory;

  private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();

  private XcronSettings settings() {
    return XcronSettings.in(directory.resolve("xcron"))
        .withoutHttp()
        .withDrain(Duration.ofSeconds(5))
        .withHandler("note", run -> seen.add(run.taskId() + " " + run.arg() + " " + run.number()));
  }

  /** As a careful host has it: nothing of it may change. */
  private static Config hostConfig() {
    Config config =
        new Config("host-" + System.nanoTime()).setClusterName("host-" + System.nanoTime());
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.getNetworkConfig().setPort(0).setPortAutoIncrement(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    JavaSerializationFilterConfig filter = new JavaSerializationFilterConfig();
    filter.getWhitelist().addPrefixes("com.example.");
    config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
    config.getNetworkConfig().getRestApiConfig().setEnabled(true);
    config.getManagementCenterConfig().setScriptingEnabled(true);
    config.addMapConfig(new MapConfig("orders").setBackupCount(2));
    return config;
  }

  @Test
  void aHostBecomesAMemberAndFindsItsTasksAgain() throws Exception {
    Config config = hostConfig();
    try (XcronPrepared prepared = Xcron.prepare(config, settings())) {
      assertEquals(7, prepared.changes().size(), prepared.changes().toString());
      assertTrue(prepared.changes().stream().allMatch(change -> change.contains("xcron")));
      assertEquals(
          List.of("com.example."),
          List.copyOf(
              config
                  .getSerializationConfig()
                  .getJavaSerializationFilterConfig()
                  .getWhitelist()
                  .getPrefixes()));
      assertTrue(config.getNetworkConfig().getRestApiConfig().isEnabled());
      assertTrue(config.getManagementCenterConfig().isScriptingEnabled());
      HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config);
      try (Xcron xcron = prepared.start(hazelcast)) {
        assertEquals(0, xcron.httpPort());
        hazelcast.getMap("orders").put("7", "open");
        xcron.create(Xcron.task("once").at(Instant.now()).handler("note", "7"));
        assertEquals("once 7 1", seen.poll(20, TimeUnit.SECONDS));
        xcron.create(Xcron.task("later").at(Instant.now().plusSeconds(3_600)).handler("note"));
        assertEquals("open", hazelcast.getMap("orders").get("7"));
      }
      hazelcast.shutdown();
    }
    Config again = hostConfig();
    try (XcronPrepared prepared = Xcron.prepare(again, settings())) {
      HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(again);
      Xcron xcron = prepared.start(hazelcast);
      assertTrue(xcron.find("later").isPresent());
      assertEquals(2, xcron.run("later", "now") + 1);
      assertEquals("later now 1", seen.poll(20, TimeUnit.SECONDS));
      // The instance goes first: the member stops before it, and by itself.
      hazelcast.shutdown();
      assertThrows(XcronException.class, () -> xcron.run("later", null));
    }
  }

  @Test
  void anInstanceThatRunsIsRefused() {
    Config config = hostConfig();
    HazelcastInstance running = Hazelcast.newHazelcastInstance(config);
    try {
      IllegalStateException late =
          assertThrows(IllegalStateException.class, () -> Xcron.prepare(config, settings()));
      assertTrue(
          String.valueOf(late.getMessage()).contains("before Hazelcast.newHazelcastInstance"));
      assertThrows(
          IllegalStateException.class, () -> Xcron.prepare(running.getConfig(), settings()));
      Config other = hostConfig();
      try (XcronPrepared prepared = Xcron.prepare(other, settings())) {
        IllegalStateException foreign =
            assertThrows(IllegalStateException.class, () -> prepared.start(running));
        assertTrue(String.valueOf(foreign.getMessage()).contains("not part of this"));
        assertThrows(IllegalStateException.class, () -> Xcron.prepare(other, settings()));
      }
    } finally {
      running.shutdown();
    }
  }

  @Test
  void aHandlerIsInterruptedWhenItsRunIsKilled() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    try (Xcron xcron = Xcron.start(settings())) {
      xcron.handler(
          "sleepy",
          run -> {
            started.countDown();
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              assertTrue(run.stopping());
              interrupted.countDown();
              throw e;
            }
          });
      xcron.create(Xcron.task("z").at(Instant.now()).handler("sleepy"));
      assertTrue(started.await(20, TimeUnit.SECONDS));
      xcron.kill("z");
      assertTrue(interrupted.await(20, TimeUnit.SECONDS));
      TaskInfo ended = awaitEnd(xcron, "z");
      assertNotNull(ended.lastRun());
      assertEquals(RunOutcome.KILLED, ended.lastRun().outcome());
    }
  }

  @Test
  void theClientAsksTheSameOverHttp() throws Exception {
    XcronSettings open =
        XcronSettings.in(directory.resolve("http"))
            .with("api.token", "secret")
            .withHandler("note", run -> seen.add(run.taskId() + " " + run.arg()));
    try (Xcron xcron = Xcron.start(open);
        XcronClient client =
            XcronClient.of(URI.create("http://127.0.0.1:" + xcron.httpPort() + "/"), "secret")) {
      TaskInfo made =
          client.create(
              Xcron.task("a~b")
                  .every(Duration.ofHours(1))
                  .handler("note", "x")
                  .label("team", "till"));
      assertEquals(xcron.find("a~b").orElseThrow(), made);
      TaskBuilder order = Xcron.task().at(Instant.now().plusSeconds(600)).handler("note");
      String id = client.createOnce("order-1", order);
      assertEquals(id, client.createOnce("order-1", order));
      assertEquals(id, xcron.createOnce("order-1", order));
      assertEquals(1, client.run("a~b", "now"));
      assertEquals("a~b now", seen.poll(20, TimeUnit.SECONDS));
      awaitEnd(xcron, "a~b");
      assertEquals(
          xcron.runs("a~b", 5).stream().map(XcronTest::asToldOverHttp).toList(),
          client.runs("a~b", 5));
      assertEquals(xcron.next("a~b", 3).size(), client.next("a~b", 3).size());
      assertEquals(1, client.list(TaskQuery.ALL.withLabel("team", "till")).tasks().size());
      assertEquals(1, client.list(TaskQuery.ALL.withLimit(1)).tasks().size());
      assertEquals(made.version(), client.pause("a~b").version());
      assertNull(client.find("a~b").orElseThrow().nextDue());
      client.resume("a~b");
      assertEquals(
          XcronException.Reason.STALE_VERSION,
          assertThrows(XcronException.class, () -> client.replace(made.task(), 99)).reason());
      assertTrue(client.delete("a~b"));
      assertFalse(client.delete("a~b"));
      XcronException wrong =
          assertThrows(
              XcronException.class,
              () -> client.create(Xcron.task("w").cron("61 * * * *").handler("note")));
      assertEquals(XcronException.Reason.INVALID, wrong.reason());
      assertEquals("schedule.cron", wrong.field());
      try (XcronClient stranger =
          XcronClient.of(URI.create("http://127.0.0.1:" + xcron.httpPort()), null)) {
        assertEquals(
            XcronException.Reason.FORBIDDEN,
            assertThrows(XcronException.class, () -> stranger.find("x")).reason());
      }
    }
  }

  /** The API's shape of a run does not say what was called. */
  private static RunRecord asToldOverHttp(RunRecord run) {
    return new RunRecord(
        run.taskId(),
        run.generation(),
        run.number(),
        run.scheduledMillis(),
        run.dueMillis(),
        run.startMillis(),
        run.endMillis(),
        run.outcome(),
        run.late(),
        run.attempts(),
        run.member(),
        run.token(),
        run.output(),
        run.detail());
  }

  private static TaskInfo awaitEnd(Xcron xcron, String id) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() - deadline < 0) {
      TaskInfo now = xcron.find(id).orElseThrow();
      if (now.lastRun() != null && !xcron.runs(id, 1).isEmpty()) {
        return now;
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("task " + id + " does not end");
  }
}
