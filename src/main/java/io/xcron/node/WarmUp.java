package io.xcron.node;

import io.xcron.fire.FireConfig;
import io.xcron.fire.FireEngine;
import io.xcron.fire.FireEvents;
import io.xcron.fire.LocalMutexes;
import io.xcron.grid.HazelcastGrid;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import io.xcron.journal.Recovered;
import io.xcron.model.Calendars;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.RunLog;
import io.xcron.model.RunOutcome;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.Time;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpTargets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Lets the JVM compile the road of a fire before a task needs it: a cold JVM sends its first
 * callbacks hundreds of milliseconds late, and a burst at a third of its speed.
 *
 * <p>An engine and a sender of their own fire tasks of a {@linkplain HazelcastGrid#practice
 * practice grid}, whose journal lies in a directory of its own, at a receiver in this process. It
 * is the same code from the write to the sync: what is practised on a shorter road is compiled for
 * that road, and thrown away at the first real fire. Nothing of it is kept, counted or sent to
 * anybody else. It ends after a number of fires or some seconds, and rests while there is real
 * work.
 */
final class WarmUp {
  private static final Logger LOG = System.getLogger(WarmUp.class.getName());

  private static final int ROUND = 500;
  private static final Duration ROUND_AT_MOST = Duration.ofSeconds(3);
  private static final Duration REST = Duration.ofMillis(20);
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private static final String DIRECTORY = "practice";
  private static final int PARTITIONS = 16;

  private final Semaphore ended = new Semaphore(0);
  private final HazelcastGrid practice;
  private final List<String> ids;
  private final Time time;

  private WarmUp(HazelcastGrid practice, Time time) {
    this.practice = practice;
    this.time = time;
    this.ids = ids(practice);
  }

  /** Ids that lie in a few partitions of this member; none if it has none. */
  private static List<String> ids(HazelcastGrid practice) {
    Set<Integer> partitions = new HashSet<>();
    List<String> ids = new ArrayList<>(ROUND);
    for (int i = 0; i < 100 * ROUND && ids.size() < ROUND; i++) {
      String id = "practice-" + i;
      int partition = practice.partitionOf(id);
      if (practice.isLocal(id)
          && (partitions.contains(partition) || partitions.size() < PARTITIONS)) {
        partitions.add(partition);
        ids.add(id);
      }
    }
    return ids;
  }

  /** Fires so many practice tasks, or fewer when the time is over. */
  static void run(
      HazelcastGrid grid,
      Time time,
      Path dataDirectory,
      BooleanSupplier realWork,
      int fires,
      Duration atMost) {
    Path directory = dataDirectory.resolve(DIRECTORY);
    try {
      remove(directory);
      JournalConfig config =
          JournalConfig.of(directory, "practice", grid.partitionCount(), JournalMode.SINGLE)
              .withFreshWhole(true)
              .withDisk(0, 0, Duration.ofSeconds(1), Duration.ofSeconds(1));
      try (Journal journal = Journal.open(config)) {
        practise(grid, journal, time, realWork, fires, atMost);
      } finally {
        grid.endPractice();
        remove(directory);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Logger.Level.INFO, "the member goes on cold: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void practise(
      HazelcastGrid grid,
      Journal journal,
      Time time,
      BooleanSupplier realWork,
      int fires,
      Duration atMost)
      throws IOException, InterruptedException {
    WarmUp warmUp = new WarmUp(grid.practice(journal), time);
    try (ServerSocket receiver = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        HttpTargets sender =
            new HttpTargets(
                HttpTargets.Config.of(AddressPolicy.parse(true, "", ""), name -> null, null));
        FireEngine engine = warmUp.engine(sender)) {
      Thread.ofVirtual().name("xcron-warm-up-receiver").start(() -> receive(receiver));
      engine.start();
      try (Recovered recovered = journal.recovered()) {
        warmUp.practice.recover(recovered, engine).join();
      }
      warmUp.fire("http://127.0.0.1:" + receiver.getLocalPort() + "/", realWork, fires, atMost);
    }
  }

  private static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.walk(directory)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }

  private FireEngine engine(HttpTargets sender) {
    return new FireEngine(
        practice,
        sender,
        partition -> new Grant(partition, 1, 1, Long.MAX_VALUE),
        time,
        new ScheduleCache(),
        partition -> Long.MIN_VALUE,
        FireConfig.defaults(),
        new FireEvents() {
          @Override
          public void ended(RunOutcome outcome, long durationMillis) {
            ended.release();
          }
        },
        Calendars.NONE,
        RunLog.NONE,
        "practice",
        new LocalMutexes(() -> 1));
  }

  private void fire(String url, BooleanSupplier realWork, int fires, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (int fired = 0; !ids.isEmpty() && fired < fires && System.nanoTime() - deadline < 0; ) {
      if (realWork.getAsBoolean()) {
        LockSupport.parkNanos(REST.toNanos());
        continue;
      }
      long now = time.nowMillis();
      for (String id : ids) {
        var unused = practice.write(id, new Change.Create(task(id, url, now), now, now));
      }
      if (!ended.tryAcquire(ids.size(), ROUND_AT_MOST.toSeconds(), TimeUnit.SECONDS)) {
        return;
      }
      CompletableFuture<?>[] removed =
          ids.stream()
              .map(id -> practice.write(id, new Change.Remove(Change.ANY_VERSION)))
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(removed)
          .orTimeout(ROUND_AT_MOST.toSeconds(), TimeUnit.SECONDS)
          .join();
      fired += ids.size();
    }
  }

  private static Task task(String id, String url, long dueMillis) {
    Schedule schedule = new Schedule.At(Instant.ofEpochMilli(dueMillis));
    return Task.of(
        id,
        "practice",
        Map.of("team", "pay", "kind", "order"),
        schedule,
        new Target.Http(url, "POST", Map.of(), "{}", Target.Http.DEFAULT_TIMEOUT));
  }

  private static void receive(ServerSocket receiver) {
    try {
      while (true) {
        Socket socket = receiver.accept();
        Thread.ofVirtual().name("xcron-warm-up-receiver").start(() -> answer(socket));
      }
    } catch (IOException closed) {
      LOG.log(Logger.Level.DEBUG, "warm", closed);
    }
  }

  /** Each request ends with the two bytes of its body, and the next comes only after the answer. */
  private static void answer(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[4_096];
      for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
        if (buffer[read - 1] == '}') {
          out.write(ANSWER);
        }
      }
    } catch (IOException closed) {
      LOG.log(Logger.Level.DEBUG, "warm", closed);
    }
  }
}
