package io.xcron.fire;

import io.xcron.model.Chain;
import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.target.Attempt;
import io.xcron.target.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A minute of a troubled life of one partition, from one seed: crashes, lost grants, failed writes,
 * full hosts, slow and failing receivers, services that work on and confirm early, late or never,
 * commands on members that live on, users who pause, replace, run, kill and delete. Then all is
 * healed, and what was promised is checked.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
final class FireSimulation {
  private static final long TROUBLE_MILLIS = 30_000;
  private static final long HEALING_MILLIS = 60_000;

  /** A kill before the confirmation wins; so does the timeout of the whole run. */
  private static final Set<RunOutcome> ENDS_OF_CONFIRMED =
      EnumSet.of(RunOutcome.SUCCESS, RunOutcome.TIMEOUT, RunOutcome.KILLED);

  /** From the acknowledgement of a stop to the next change nothing of this generation may start. */
  private record Stopped(String id, long generation, long fromMillis, long untilMillis) {}

  /**
   * Of this run nothing may start between these instants: it was killed, is confirmed, or goes on.
   */
  private record Quiet(String run, String why, long fromMillis, long untilMillis) {}

  /** A service was told that its confirmation is kept. */
  private record Confirmed(String id, long generation, long number) {}

  private final long seed;
  private final FakeWorld world;
  private final Map<String, Task> tasks = new HashMap<>();
  private final Map<String, Boolean> busy = new HashMap<>();
  private final Set<String> touched = new HashSet<>();
  private final List<Stopped> stops = new ArrayList<>();
  private final Map<String, Stopped> openStops = new HashMap<>();
  private final List<Quiet> quiet = new ArrayList<>();
  private final List<Confirmed> confirmed = new ArrayList<>();
  private boolean healed;
  private final boolean mutexes;
  private long chainedRuns;
  private long mutexRuns;

  /**
   * @param mutexes whether tasks name mutexes, of a member that is alone or one of many, instead of
   *     following each other
   */
  FireSimulation(long seed, boolean mutexes) {
    this.seed = seed;
    this.mutexes = mutexes;
    world = new FakeWorld(seed, !mutexes || seed % 2 == 0);
  }

  /** How many attempts there were. */
  int run() {
    try {
      return runAndCheck();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  /** How many runs came from the ends of other tasks. */
  long chainedRuns() {
    return chainedRuns;
  }

  FakeWorld world() {
    return world;
  }

  private int runAndCheck() {
    world.answers = this::answer;
    if (mutexes) {
      world.mutexStore.lostRate = world.random.nextInt(3) == 0 ? 0.2 : 0;
    }
    world.fullRate = world.random.nextInt(3) == 0 ? 0.2 : 0;
    world.offerMillis = world.random.nextInt(3) == 0 ? 300 : 2;
    if (!mutexes) {
      createChains();
    }
    world.grid.applyMillis = world.random.nextInt(4) == 0 ? 200 : 2;
    world.grid.durableMillis = world.random.nextInt(3) == 0 ? 400 : 5;
    world.grid.refusedRate = world.random.nextInt(3) == 0 ? 0.1 : 0;
    world.grid.unknownRate = world.random.nextInt(3) == 0 ? 0.1 : 0;
    for (int i = 1; i < 6; i++) {
      Task task = randomTask("t" + i);
      tasks.put(task.id(), task);
      world.create(task);
    }
    boolean users = world.random.nextBoolean();
    world.commandsElsewhere = world.random.nextBoolean();
    world.killMillis = world.random.nextInt(3) == 0 ? 1_000 : 3;
    trouble(world.random.nextInt(5), this::crash);
    trouble(world.random.nextInt(3), () -> world.newEpoch());
    trouble(world.random.nextInt(4), this::loseGrant);
    trouble(users ? 20 : 0, this::userActs);
    world.runUntil(FakeWorld.BEGIN + TROUBLE_MILLIS);
    healed = true;
    world.granted = true;
    world.fullRate = 0;
    world.offerMillis = 2;
    world.grid.refusedRate = 0;
    world.grid.unknownRate = 0;
    world.mutexStore.lostRate = 0;
    world.grid.applyMillis = 2;
    world.grid.durableMillis = 5;
    world.runUntil(FakeWorld.BEGIN + TROUBLE_MILLIS + HEALING_MILLIS);
    openStops.values().forEach(stops::add);
    check();
    return world.shots.size();
  }

  /** Two tasks that run after the first one, and one that runs after one of these. */
  private void createChains() {
    Task first = Tasks.every("t0", 700 + world.upTo(3_000)).start(world.nowMillis + 700).build();
    tasks.put(first.id(), first);
    world.create(first);
    world.runUntil(world.nowMillis + 10);
    follow("f0", "t0", Policy.After.On.END);
    follow("f1", "t0", Policy.After.On.SUCCESS);
    follow("f2", "f0", Policy.After.On.END);
  }

  private void follow(String id, String predecessor, Policy.After.On on) {
    world.write(predecessor, new Change.Follow(id));
    world.runUntil(world.nowMillis + 10);
    Task task = Tasks.chained(id, predecessor, on).retry(2, 50).build();
    tasks.put(id, task);
    world.create(task);
    world.runUntil(world.nowMillis + 10);
  }

  /** Each end of the one has become one run of the other, and none is missing. */
  private void checkChain(String predecessor, String follower, boolean every) {
    TaskRecord before = world.grid.current(predecessor);
    TaskRecord after = world.grid.current(follower);
    if (before == null || after == null) {
      throw new AssertionError("a chained task is gone: " + predecessor + " " + follower);
    }
    Chain chain = before.chain();
    long heard = after.chain().heardEnd();
    long told = chain.lastEnd() - chain.ends().size();
    String both = " " + before + " " + after;
    require(chain.ends().size() < 3, "ends that are never told" + both, null);
    require(!every || heard >= told, "an end that was not heard" + both, null);
    require(heard <= chain.lastEnd(), "an end that there was not" + both, null);
    require(
        every ? after.decidedNumber() == heard : after.decidedNumber() <= heard,
        "other runs than ends that were heard" + both,
        null);
    require(chain.lastEnd() <= before.decidedNumber(), "more ends than runs" + both, null);
    chainedRuns += after.decidedNumber();
  }

  private void trouble(int times, Runnable what) {
    for (int i = 0; i < times; i++) {
      world.outsideAt(
          FakeWorld.BEGIN + 500 + world.random.nextInt((int) TROUBLE_MILLIS - 500), what);
    }
  }

  /** What is durable as going on elsewhere goes on there, and is not started by the next owner. */
  private void crash() {
    world.grid.durable.forEach(
        (id, record) -> {
          for (OpenRun open : record.progress().openRuns()) {
            String run = id + "/" + record.generation() + "/" + open.number();
            if (open.state() == OpenRun.State.ACCEPTED && timeoutOf(record, id) == null) {
              quiet.add(
                  new Quiet(
                      run,
                      "a service works on it",
                      world.nowMillis,
                      Math.min(open.deadlineMillis(), healedMillis())));
            }
          }
        });
    world.crash();
  }

  private static @Nullable Duration timeoutOf(TaskRecord record, String id) {
    return record.task(id).policy().timeout();
  }

  private static long healedMillis() {
    return FakeWorld.BEGIN + TROUBLE_MILLIS;
  }

  /** The service works on, and says after a while how it went, until somebody has heard it. */
  private void confirmLater(String id, long generation, long number, long afterMillis) {
    world.outsideAt(
        world.nowMillis + afterMillis,
        () -> {
          TaskRecord record = world.grid.current(id);
          if (record == null || record.generation() != generation) {
            return;
          }
          boolean success = world.random.nextInt(4) > 0;
          world
              .write(id, new Change.Confirm(number, success, "done"))
              .whenComplete((answer, failure) -> told(answer, id, generation, number, success));
        });
  }

  private void told(
      Change.@Nullable Applied answer, String id, long generation, long number, boolean success) {
    if (answer == null) {
      confirmLater(id, generation, number, 500);
    } else if (success
        && answer instanceof Change.Applied.Stored stored
        && stored.record().generation() == generation) {
      String run = id + "/" + generation + "/" + number;
      quiet.add(new Quiet(run, "it is confirmed", world.nowMillis, Long.MAX_VALUE));
      confirmed.add(new Confirmed(id, generation, number));
    } else if (!success) {
      // It may be called again at once.
      quiet.removeIf(
          q ->
              q.why.equals("a service works on it")
                  && q.run.equals(id + "/" + generation + "/" + number));
    }
  }

  private void loseGrant() {
    world.trace("grant lost", null);
    world.granted = false;
    world.outsideAt(
        world.nowMillis + 100 + world.random.nextInt(8_000),
        () -> {
          world.trace("grant back", null);
          world.granted = true;
        });
  }

  private FakeWorld.Answer answer(Attempt attempt) {
    if (healed) {
      return new FakeWorld.Answer(3, FakeWorld.OK);
    }
    if (attempt.target() instanceof Target.Service && world.random.nextInt(4) > 0) {
      long answersAfter = world.upTo(300);
      if (world.random.nextInt(5) > 0) {
        confirmLater(
            attempt.taskId(), attempt.generation(), attempt.runNumber(), world.upTo(3_000));
      }
      return new FakeWorld.Answer(answersAfter, new Outcome.Accepted("on it"));
    }
    if (attempt.taskId().startsWith("f")) {
      return new FakeWorld.Answer(
          world.upTo(30), world.random.nextInt(8) == 0 ? FakeWorld.ERROR : FakeWorld.OK);
    }
    int chance = world.random.nextInt(100);
    if (chance < 70) {
      return new FakeWorld.Answer(world.upTo(30), FakeWorld.OK);
    }
    if (chance < 78) {
      return new FakeWorld.Answer(world.upTo(4_000), FakeWorld.OK);
    }
    if (chance < 86) {
      return new FakeWorld.Answer(world.upTo(30), FakeWorld.ERROR);
    }
    return new FakeWorld.Answer(
        world.upTo(1_500),
        switch (chance % 3) {
          case 0 -> new Outcome.ConnectFailed("refused");
          case 1 -> new Outcome.TimedOut();
          default -> new Outcome.Broken("lost");
        });
  }

  private Task randomTask(String id) {
    int kind = world.random.nextInt(10);
    long period = 200L + world.random.nextInt(4_000);
    Tasks task =
        kind < 7
            ? Tasks.every(id, period).start(world.nowMillis + period)
            : kind < 9
                ? Tasks.once(id, world.nowMillis + world.random.nextInt(25_000))
                : Tasks.after(id, period);
    task.overlap(oneOf(List.copyOf(EnumSet.allOf(Policy.Overlap.class))));
    if (kind < 7) {
      task.misfire(
          oneOf(List.copyOf(EnumSet.allOf(Policy.Misfire.class))), 1_000 + world.upTo(4_000));
      if (world.random.nextInt(4) == 0) {
        task.window(5_000 + world.upTo(5_000));
      }
    }
    task.queue(world.random.nextBoolean() ? 2 : 1_000);
    task.retry(1 + world.random.nextInt(4), 10 + world.upTo(1_000));
    if (world.random.nextInt(4) == 0) {
      task.atMostOnce();
    }
    int target = world.random.nextInt(4);
    if (target == 0) {
      task.service(500 + world.upTo(8_000));
    } else if (target == 1) {
      task.shell();
    }
    if (mutexes && world.random.nextInt(3) > 0) {
      task.mutex("m" + world.random.nextInt(2), world.upTo(6_000));
    }
    if (world.random.nextInt(5) == 0) {
      task.timeout(500 + world.upTo(3_000));
    }
    if (world.random.nextInt(5) == 0) {
      task.maxRuns(1 + world.random.nextInt(20));
    }
    if (world.random.nextInt(5) == 0) {
      task.jitter(world.random.nextInt(300));
    }
    return task.build();
  }

  private void userActs() {
    String id = "t" + (1 + world.random.nextInt(5));
    TaskRecord record = world.grid.current(id);
    if (busy.getOrDefault(id, false)) {
      return;
    }
    touched.add(id);
    if (record == null) {
      Task task = randomTask(id);
      tasks.put(id, task);
      world.create(task);
      return;
    }
    long now = world.nowMillis;
    Task task = task(id);
    switch (world.random.nextInt(6)) {
      case 4 -> kill(id, record);
      case 0 -> act(id, record, new Change.Pause(), true);
      case 1 ->
          act(
              id,
              record,
              new Change.Resume(world.timeline(task, record.createdMillis()).first(now)),
              false);
      case 2 -> act(id, record, new Change.Remove(Change.ANY_VERSION), true);
      case 3 -> act(id, record, new Change.Run("by hand"), false);
      default -> {
        Task other = randomTask(id);
        tasks.put(id, other);
        act(
            id,
            record,
            new Change.Replace(
                other,
                now,
                world.timeline(other, record.createdMillis()).first(now),
                Change.ANY_VERSION),
            false);
      }
    }
  }

  /** Once a kill is acknowledged, nothing starts of what had a number by then. */
  private void kill(String id, TaskRecord record) {
    world
        .write(id, new Change.Kill())
        .whenComplete(
            (answer, failure) -> {
              if (answer instanceof Change.Applied.Stored stored
                  && stored.record().generation() == record.generation()) {
                for (OpenRun open : stored.record().progress().openRuns()) {
                  String run = id + "/" + record.generation() + "/" + open.number();
                  quiet.add(new Quiet(run, "it was killed", world.nowMillis, Long.MAX_VALUE));
                }
              }
            });
  }

  private void act(String id, TaskRecord record, Change change, boolean stops) {
    long generation = record.generation();
    Stopped before = openStops.remove(id);
    if (before != null) {
      this.stops.add(new Stopped(id, before.generation(), before.fromMillis(), world.nowMillis));
    }
    busy.put(id, true);
    int life = world.life;
    world.outsideAt(world.nowMillis + 8_000, () -> busy.put(id, false));
    var answer =
        world
            .write(id, change)
            .whenComplete(
                (applied, failure) -> {
                  boolean stored =
                      applied instanceof Change.Applied.Stored
                          || applied instanceof Change.Applied.Removed;
                  if (failure == null && stored && stops && life == world.life) {
                    openStops.put(id, new Stopped(id, generation, world.nowMillis, Long.MAX_VALUE));
                  }
                });
    if (answer.isCompletedExceptionally()) {
      world.trace("refused at once", null);
    }
  }

  private void check() {
    Map<String, FakeWorld.Shot> latest = new HashMap<>();
    Map<String, Long> dueOf = new HashMap<>();
    Map<String, Long> tokens = new HashMap<>();
    Map<String, Integer> sent = new HashMap<>();
    Map<String, FakeWorld.Shot> attempts = new HashMap<>();
    for (FakeWorld.Shot shot : world.shots) {
      String run = shot.id + "/" + shot.generation + "/" + shot.number;
      require(shot.startMillis >= shot.dueMillis, "early", shot);
      Long due = dueOf.putIfAbsent(run, shot.dueMillis);
      require(due == null || due == shot.dueMillis, "one number, two instants", shot);
      require(tokens.getOrDefault(shot.id, 0L) <= shot.token, "a smaller token", shot);
      tokens.put(shot.id, shot.token);
      FakeWorld.Shot before = latest.put(run, shot);
      require(
          before == null || !before.success || before.life < shot.life,
          "a repeat after a success, without a crash",
          shot);
      FakeWorld.Shot same = attempts.put(run + "#" + shot.attempt, shot);
      require(same == null || same.life < shot.life, "an attempt made twice", shot);
      if (shot.sent && !touched.contains(shot.id) && atMostOnce(shot.id)) {
        require(sent.merge(run, 1, Integer::sum) == 1, "at-most-once called twice", shot);
      }
    }
    for (Stopped stop : stops) {
      for (FakeWorld.Shot shot : world.shots) {
        require(
            !shot.id.equals(stop.id())
                || shot.generation != stop.generation()
                || shot.startMillis <= stop.fromMillis()
                || shot.startMillis >= stop.untilMillis(),
            "started after the acknowledgement of a stop at +"
                + (stop.fromMillis() - FakeWorld.BEGIN),
            shot);
      }
    }
    checkMutexes();
    checkQuiet();
    if (!mutexes) {
      checkChain("t0", "f0", true);
      checkChain("t0", "f1", false);
      checkChain("f0", "f2", true);
    }
    for (Task task : tasks.values()) {
      checkOverlap(task);
      TaskRecord record = world.grid.current(task.id());
      if (record != null && !touched.contains(task.id())) {
        checkNumbers(task, record);
      }
    }
    require(world.lane.runs() < 200, "runs left in memory: " + world.lane.runs(), null);
  }

  /**
   * Of all runs with one mutex one goes on at a time, with a greater token than those before. What
   * a dead member had called may still be at work, and so may a service that took a run of a task
   * that was deleted.
   */
  private void checkMutexes() {
    Map<String, Long> greatest = new HashMap<>();
    Map<String, String> holders = new HashMap<>();
    List<FakeWorld.Shot> before = new ArrayList<>();
    for (FakeWorld.Shot shot : world.shots) {
      String mutex = shot.mutex;
      require(
          (mutex != null) == (shot.mutexToken >= 0),
          "a token without a mutex, or the reverse",
          shot);
      if (mutex == null) {
        continue;
      }
      mutexRuns++;
      long least = greatest.getOrDefault(mutex, 0L);
      boolean same = shot.run().equals(holders.put(mutex, shot.run()));
      require(
          same ? shot.mutexToken >= least : shot.mutexToken > least,
          "the mutex's token has not grown",
          shot);
      greatest.put(mutex, shot.mutexToken);
      for (FakeWorld.Shot other : before) {
        require(
            !mutex.equals(other.mutex)
                || other.run().equals(shot.run())
                || other.life < shot.life
                || (other.accepted && touched.contains(other.id))
                || other.endMillis <= shot.startMillis,
            "two runs hold " + mutex + ": " + other + " and",
            shot);
      }
      before.add(shot);
    }
  }

  /** How many attempts held a mutex. */
  long mutexRuns() {
    return mutexRuns;
  }

  private void checkQuiet() {
    for (Quiet q : quiet) {
      for (FakeWorld.Shot shot : world.shots) {
        require(
            !shot.run().equals(q.run())
                || shot.startMillis <= q.fromMillis()
                || shot.startMillis >= q.untilMillis(),
            "started though " + q.why() + " since +" + (q.fromMillis() - FakeWorld.BEGIN),
            shot);
      }
    }
    for (Confirmed done : confirmed) {
      TaskRecord record = world.grid.current(done.id());
      boolean stays = record != null && record.generation() == done.generation();
      require(
          !stays
              || ENDS_OF_CONFIRMED.contains(
                  world.outcomes.get(done.id() + "/" + done.generation() + "/" + done.number())),
          "a confirmation was lost: " + done,
          null);
    }
    for (Task task : tasks.values()) {
      TaskRecord record = world.grid.current(task.id());
      boolean marked =
          record != null
              && record.progress().openRuns().stream()
                  .anyMatch(
                      run ->
                          run.state() == OpenRun.State.KILLED
                              || run.state() == OpenRun.State.CONFIRMED
                              || run.state() == OpenRun.State.FAILED);
      require(!marked, "a mark was never heeded: " + record, null);
    }
  }

  private Task task(String id) {
    return Objects.requireNonNull(tasks.get(id));
  }

  private <T> T oneOf(List<T> values) {
    return values.get(world.random.nextInt(values.size()));
  }

  private boolean atMostOnce(String id) {
    return task(id).policy().delivery() == Policy.Delivery.AT_MOST_ONCE;
  }

  private void checkOverlap(Task task) {
    Policy.Overlap overlap = task.policy().overlap();
    if (touched.contains(task.id())
        || overlap == Policy.Overlap.ALLOW
        || overlap == Policy.Overlap.REPLACE) {
      return;
    }
    long end = Long.MIN_VALUE;
    int life = -1;
    for (FakeWorld.Shot shot : world.shotsOf(task.id())) {
      require(shot.life != life || shot.startMillis >= end, "two at once", shot);
      end = shot.endMillis;
      life = shot.life;
    }
  }

  private void checkNumbers(Task task, TaskRecord record) {
    Progress progress = record.progress();
    Set<Long> called = new HashSet<>();
    for (FakeWorld.Shot shot : world.shotsOf(task.id())) {
      called.add(shot.number);
      if (task.schedule() instanceof Schedule.Every every && task.jitter().isZero()) {
        long distance = shot.dueMillis - Objects.requireNonNull(task.start()).toEpochMilli();
        require(
            distance == (shot.number - 1) * every.period().toMillis(),
            "not the number's instant",
            shot);
      }
    }
    Set<Long> explained =
        world.explained.getOrDefault(task.id() + "/" + record.generation(), Set.of());
    for (long number = 1; number <= progress.decidedNumber(); number++) {
      OpenRun open = progress.openRun(number);
      require(
          called.contains(number) || explained.contains(number) || open != null,
          task.id() + " never called for number " + number + " " + record,
          null);
    }
    boolean over = progress.phase() != Progress.Phase.ACTIVE;
    if (!over) {
      long late = world.nowMillis - progress.nextMillis();
      long period = task.schedule() instanceof Schedule.Every every ? every.period().toMillis() : 0;
      require(late < 2 * period + 2_000, task.id() + " is behind by " + late + " " + record, null);
      require(
          progress.openRuns().size() < 3, task.id() + " has runs that never end " + record, null);
    }
    if (task.maxRuns() > 0) {
      require(progress.delivered() <= task.maxRuns(), "more than max_runs " + record, null);
    }
    if (!atMostOnce(task.id()) && task.policy().overlap() != Policy.Overlap.REPLACE) {
      long open = progress.openRuns().stream().filter(r -> called.contains(r.number())).count();
      long unwritten = called.stream().filter(n -> n > progress.decidedNumber()).count();
      // A dead owner may have called what the next one let go, waiting for the mutex in vain.
      long inVain =
          task.policy().mutex() == null ? 0 : called.stream().filter(explained::contains).count();
      long delivered = called.size() - open - unwritten;
      require(
          progress.delivered() <= delivered && progress.delivered() >= delivered - inVain,
          task.id() + " run count " + progress.delivered() + " of " + called.size() + " " + record,
          null);
    }
  }

  private void require(boolean holds, String what, FakeWorld.@Nullable Shot shot) {
    if (!holds) {
      throw new AssertionError(what + (shot == null ? "" : ": " + shot));
    }
  }
}
