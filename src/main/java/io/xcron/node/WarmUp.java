package io.xcron.node;

import io.xcron.fire.FireConfig;
import io.xcron.fire.FireEngine;
import io.xcron.fire.FireEvents;
import io.xcron.fire.LocalMutexes;
import io.xcron.grid.HazelcastGrid;
import io.xcron.history.RunJournal;
import io.xcron.history.RunStatistics;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import io.xcron.journal.Recovered;
import io.xcron.journal.RunStoreConfig;
import io.xcron.model.Calendars;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.RunLog;
import io.xcron.model.RunOutcome;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.Time;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpTargets;
import java.io.IOException;
import java.lang.System.Logger;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Lets the JVM compile the road of a fire before a task needs it: a cold JVM sends its first
 * callbacks hundreds of milliseconds late, and a burst at a third of its speed.
 *
 * <p>An engine and a sender of their own fire tasks of a {@linkplain HazelcastGrid#practice
 * practice grid}, whose journal and run records lie in a directory of its own, at receivers in this
 * process. It is the same code from the write to the run record, with connections to new receivers
 * and all kinds of answers, and some tasks are created by a request to the API, which is another
 * one's callback: what is practised on a shorter road is compiled for that road, and thrown away at
 * the first real fire. Nothing of it is kept, counted or sent to anybody else. It ends after a
 * number of fires or some seconds, and rests while there is real work.
 */
final class WarmUp {
  private static final Logger LOG = System.getLogger(WarmUp.class.getName());

  private static final int ROUND = 500;

  /** So many tasks of a round are created by requests of as many others. */
  private static final int BY_REQUEST = 60;

  private static final Duration AT_MOST = Duration.ofSeconds(20);
  private static final Duration REST = Duration.ofMillis(20);

  /** So often nothing may be seen, a rest apart, after there was real work. */
  static final int QUIET_LOOKS = 50;

  /** So many rounds go to one receiver; connections to a new one belong to the road too. */
  private static final int ROUNDS_EACH = 8;

  private static final String DIRECTORY = "practice";

  /** What is practised is written, and must not be what fills the disk. */
  private static final long ROOM = 1L << 30;

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

  /**
   * What is practised, and where.
   *
   * @param requests whether the API is practised too: a host may want no HTTP in its process
   * @param fires so many practice tasks are fired, or fewer when the time is over
   */
  record Plan(
      HazelcastGrid grid,
      Time time,
      Path dataDirectory,
      boolean requests,
      int fires,
      Duration atMost) {
    Plan(HazelcastGrid grid, Time time, boolean requests, NodeConfig config) {
      this(grid, time, config.dataDirectory(), requests, config.warmUp(), AT_MOST);
    }
  }

  /** Practises in the background until the plan is done, or until interrupted. */
  static Thread start(Plan plan, BooleanSupplier realWork) {
    return Thread.ofPlatform().name("xcron-warm-up").daemon().start(() -> run(plan, realWork));
  }

  /** Practises; answers how many tasks were fired. */
  static int run(Plan plan, BooleanSupplier realWork) {
    if (plan.fires() == 0) {
      return 0;
    }
    HazelcastGrid grid = plan.grid();
    Path directory = plan.dataDirectory().resolve(DIRECTORY);
    try {
      remove(directory);
      if (Files.getFileStore(plan.dataDirectory()).getUsableSpace() < ROOM) {
        throw new IOException("practice needs a free gigabyte in " + plan.dataDirectory());
      }
      JournalConfig config =
          JournalConfig.of(
                  directory.resolve("journal"),
                  "practice",
                  grid.partitionCount(),
                  JournalMode.SINGLE)
              .withFreshWhole(true)
              .withDisk(0, 0, Duration.ofSeconds(1), Duration.ofSeconds(1));
      try (Journal journal = Journal.open(config);
          RunJournal runs =
              RunJournal.open(
                  RunStoreConfig.of(directory.resolve("runs")),
                  plan.time(),
                  grid::partitionOf,
                  RunJournal.DEFAULT_OUTPUT_BYTES,
                  new RunStatistics())) {
        return practise(plan, journal, SafetyParts.both(runs, RunLog.NONE), realWork);
      } finally {
        grid.endPractice();
        remove(directory);
      }
    } catch (IOException | RuntimeException e) {
      LOG.log(Logger.Level.INFO, "the member goes on cold: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  private static int practise(Plan plan, Journal journal, RunLog runs, BooleanSupplier realWork)
      throws IOException, InterruptedException {
    WarmUp warmUp = new WarmUp(plan.grid().practice(journal), plan.time());
    AddressPolicy loopback = AddressPolicy.parse(true, "", "");
    try (PracticeDoor door =
            plan.requests() ? PracticeDoor.open(warmUp.practice, loopback, plan.time()) : null;
        HttpTargets sender = new HttpTargets(HttpTargets.Config.of(loopback, name -> null, null));
        FireEngine engine = warmUp.engine(sender, runs)) {
      engine.start();
      try (Recovered recovered = journal.recovered()) {
        warmUp.practice.recover(recovered, engine).join();
      }
      long deadlineNanos = System.nanoTime() + plan.atMost().toNanos();
      return warmUp.fire(door, realWork, plan.fires(), deadlineNanos);
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

  private FireEngine engine(HttpTargets sender, RunLog runs) {
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
        runs,
        "practice",
        new LocalMutexes(() -> 1));
  }

  private int fire(
      @Nullable PracticeDoor door, BooleanSupplier realWork, int fires, long deadlineNanos)
      throws IOException, InterruptedException {
    int rounds = ids.isEmpty() ? 0 : Math.ceilDiv(fires, ids.size());
    boolean going = true;
    int fired = 0;
    for (int round = 0; going && round < rounds; round += ROUNDS_EACH) {
      try (PracticeReceiver receiver = PracticeReceiver.open(() -> {})) {
        int each = Math.min(ROUNDS_EACH, rounds - round);
        for (int i = 0; going && i < each; i++) {
          going = rested(realWork, deadlineNanos) && round(receiver.url(), door, deadlineNanos);
          fired += going ? ids.size() : 0;
        }
      }
    }
    return fired;
  }

  /**
   * Waits until there is no real work, and where there was, for a quiet second: a round would hold
   * up what is fired meanwhile. False when the time is over.
   */
  private static boolean rested(BooleanSupplier realWork, long deadlineNanos)
      throws InterruptedException {
    int looks = 1;
    while (System.nanoTime() - deadlineNanos < 0) {
      if (realWork.getAsBoolean()) {
        looks = QUIET_LOOKS;
      } else if (--looks <= 0) {
        return true;
      }
      Thread.sleep(REST);
    }
    return false;
  }

  /** Creates, fires and removes one task for each id; false when the time is over before. */
  private boolean round(String url, @Nullable PracticeDoor door, long deadlineNanos)
      throws InterruptedException {
    long now = time.nowMillis();
    int next = 0;
    if (door != null) {
      for (; next < Math.min(2 * BY_REQUEST, ids.size() - 1); next += 2) {
        create(door.creating(ids.get(next), ids.get(next + 1), url, now), now);
      }
    }
    for (; next < ids.size(); next++) {
      create(task(ids.get(next), url, now), now);
    }
    if (!ended.tryAcquire(ids.size(), deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
      return false;
    }
    CompletableFuture<?>[] removed =
        ids.stream()
            .map(id -> practice.write(id, new TaskChange.Remove(Change.ANY_VERSION)))
            .toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(removed).get(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Logger.Level.DEBUG, "practice", e);
      return false;
    }
  }

  private void create(Task task, long now) {
    var unused = practice.write(task.id(), new TaskChange.Create(task, now, now));
  }

  private static Task task(String id, String url, long dueMillis) {
    boolean described = (id.hashCode() & 1) == 0;
    Schedule schedule = new Schedule.At(Instant.ofEpochMilli(dueMillis));
    return Task.of(
        id,
        described ? "practice" : null,
        described ? Map.of("team", "pay", "kind", "order") : Map.of(),
        schedule,
        new Target.Http(
            url,
            "POST",
            Map.of(),
            "{\"id\":1,\"due_ms\":" + dueMillis + "}",
            Target.Http.DEFAULT_TIMEOUT));
  }
}
