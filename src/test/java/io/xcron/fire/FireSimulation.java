package io.xcron.fire;

import io.xcron.model.ChainChange;
import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.RunChange;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.target.Attempt;
import io.xcron.target.Outcome;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A minute of a troubled life of one partition, from one seed: crashes, lost grants, failed writes,
 * full hosts, starts that come to nothing, slow and failing receivers, services that work on and
 * confirm early, late or never, commands on members that live on, users who pause, replace, run,
 * kill and delete. Then all is healed, and what was promised is checked.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
final class FireSimulation {
  private static final long TROUBLE_MILLIS = 30_000;
  private static final long HEALING_MILLIS = 60_000;

  private final long seed;
  private final FakeWorld world;
  private final FirePromises promises;
  private final Map<String, Boolean> busy = new HashMap<>();
  private final Map<String, FirePromises.Stopped> openStops = new HashMap<>();
  private final Set<String> gaveUp = new HashSet<>();
  private final PolicyPromises policies;
  private boolean healed;
  private final boolean mutexes;

  /**
   * @param mutexes whether tasks name mutexes, of a member that is alone or one of many, instead of
   *     following each other
   */
  FireSimulation(long seed, boolean mutexes) {
    this.seed = seed;
    this.mutexes = mutexes;
    world = new FakeWorld(seed, !mutexes || seed % 2 == 0);
    promises = new FirePromises(world, !mutexes);
    policies = new PolicyPromises(world, promises.tasks, promises.touched);
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
    return promises.chainedRuns();
  }

  /** How many attempts held a mutex. */
  long mutexRuns() {
    return promises.mutexRuns();
  }

  /** How often a policy was seen at work, by its name. */
  Map<String, Integer> policies() {
    return policies.seen;
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
      promises.tasks.put(task.id(), task);
      world.create(task);
    }
    boolean users = world.random.nextBoolean();
    world.commandsElsewhere = world.random.nextBoolean();
    world.killMillis = world.random.nextInt(3) == 0 ? 1_000 : 3;
    if (world.random.nextInt(3) == 0) {
      world.standsStill =
          attempt -> world.random.nextInt(8) == 0 ? Long.valueOf(world.upTo(2_000)) : null;
    }
    trouble(world.random.nextInt(5), this::crash);
    trouble(world.random.nextInt(3), () -> world.newEpoch());
    trouble(world.random.nextInt(4), this::loseGrant);
    trouble(users ? 20 : 0, this::userActs);
    world.runUntil(FakeWorld.BEGIN + TROUBLE_MILLIS);
    healed = true;
    world.granted = true;
    world.fullRate = 0;
    world.standsStill = attempt -> null;
    world.offerMillis = 2;
    world.grid.refusedRate = 0;
    world.grid.unknownRate = 0;
    world.mutexStore.lostRate = 0;
    world.grid.applyMillis = 2;
    world.grid.durableMillis = 5;
    world.runUntil(FakeWorld.BEGIN + TROUBLE_MILLIS + HEALING_MILLIS);
    openStops.values().forEach(promises.stops::add);
    promises.check();
    policies.check();
    return world.shots.size();
  }

  /** Two tasks that run after the first one, and one that runs after one of these. */
  private void createChains() {
    Task first = Tasks.every("t0", 700 + world.upTo(3_000)).start(world.nowMillis + 700).build();
    promises.tasks.put(first.id(), first);
    world.create(first);
    world.runUntil(world.nowMillis + 10);
    follow("f0", "t0", Policy.After.On.END);
    follow("f1", "t0", Policy.After.On.SUCCESS);
    follow("f2", "f0", Policy.After.On.END);
  }

  private void follow(String id, String predecessor, Policy.After.On on) {
    world.write(predecessor, new ChainChange.Follow(id));
    world.runUntil(world.nowMillis + 10);
    Task task = Tasks.chained(id, predecessor, on).retry(2, 50).build();
    promises.tasks.put(id, task);
    world.create(task);
    world.runUntil(world.nowMillis + 10);
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
            boolean works = !gaveUp.contains(run + "#" + open.attempt());
            if (open.state() == OpenRun.State.ACCEPTED && works && timeoutOf(record, id) == null) {
              promises.quiet.add(
                  new FirePromises.Quiet(
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
  private void confirmLater(Attempt attempt, long afterMillis) {
    String id = attempt.taskId();
    long generation = attempt.generation();
    long number = attempt.runNumber();
    int tried = attempt.number();
    world.outsideAt(
        world.nowMillis + afterMillis,
        () -> {
          TaskRecord record = world.grid.current(id);
          if (record == null || record.generation() != generation) {
            return;
          }
          boolean success = world.random.nextInt(4) > 0;
          if (!success) {
            giveUp(id + "/" + generation + "/" + number, tried);
          }
          world
              .write(id, new RunChange.Confirm(number, success, "done"))
              .whenComplete((answer, failure) -> told(answer, attempt, success));
        });
  }

  /** The service does not work on it any more, so it may be called again at once. */
  private void giveUp(String run, int attempt) {
    gaveUp.add(run + "#" + attempt);
    promises.quiet.removeIf(q -> q.why().equals("a service works on it") && q.run().equals(run));
  }

  private void told(Change.@Nullable Applied answer, Attempt attempt, boolean success) {
    String id = attempt.taskId();
    long generation = attempt.generation();
    long number = attempt.runNumber();
    if (answer == null) {
      confirmLater(attempt, 500);
    } else if (success
        && answer instanceof Change.Applied.Stored stored
        && stored.record().generation() == generation) {
      String run = id + "/" + generation + "/" + number;
      promises.quiet.add(
          new FirePromises.Quiet(run, "it is confirmed", world.nowMillis, Long.MAX_VALUE));
      promises.confirmed.add(new FirePromises.Confirmed(id, generation, number));
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
        confirmLater(attempt, world.upTo(3_000));
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
    long first = world.nowMillis + period;
    if (world.random.nextBoolean()) {
      // So that tasks are due together.
      period = 500L * (1 + world.random.nextInt(4));
      first = (world.nowMillis / 2_000 + 1) * 2_000;
    }
    Tasks task =
        kind < 7
            ? Tasks.every(id, period).start(first)
            : kind < 9
                ? Tasks.once(id, first + world.random.nextInt(25_000))
                : Tasks.after(id, period);
    task.priority(world.random.nextInt(10));
    if (kind < 7 && world.random.nextInt(5) == 0) {
      task.end(first + world.random.nextInt(40_000));
    }
    if (world.random.nextInt(3) == 0) {
      task.deleteAfter(1_000 + world.upTo(5_000));
    }
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
    promises.touched.add(id);
    if (record == null) {
      Task task = randomTask(id);
      promises.tasks.put(id, task);
      world.create(task);
      return;
    }
    long now = world.nowMillis;
    Task task = promises.task(id);
    switch (world.random.nextInt(6)) {
      case 4 -> kill(id, record);
      case 0 -> act(id, record, new TaskChange.Pause(), true);
      case 1 ->
          act(
              id,
              record,
              new TaskChange.Resume(
                  world.timeline(task, record.createdMillis()).first(now), record.version()),
              false);
      case 2 -> act(id, record, new TaskChange.Remove(Change.ANY_VERSION), true);
      case 3 -> runByHand(id, record);
      default -> {
        Task other = randomTask(id);
        promises.tasks.put(id, other);
        act(
            id,
            record,
            new TaskChange.Replace(
                other,
                now,
                world.timeline(other, record.createdMillis()).first(now),
                Change.ANY_VERSION),
            false);
      }
    }
  }

  private void runByHand(String id, TaskRecord record) {
    String arg = "by hand " + world.nowMillis;
    act(id, record, new RunChange.Run(arg), false)
        .whenComplete(
            (applied, failure) -> {
              if (applied instanceof Change.Applied.Stored stored) {
                TaskRecord after = stored.record();
                policies.byHand(id + "/" + after.generation() + "/" + after.decidedNumber(), arg);
              }
            });
  }

  /** Once a kill is acknowledged, nothing starts of what had a number by then. */
  private void kill(String id, TaskRecord record) {
    world
        .write(id, new RunChange.Kill())
        .whenComplete(
            (answer, failure) -> {
              if (answer instanceof Change.Applied.Stored stored
                  && stored.record().generation() == record.generation()) {
                for (OpenRun open : stored.record().progress().openRuns()) {
                  String run = id + "/" + record.generation() + "/" + open.number();
                  promises.quiet.add(
                      new FirePromises.Quiet(
                          run, "it was killed", world.nowMillis, Long.MAX_VALUE));
                }
              }
            });
  }

  private CompletableFuture<Change.Applied> act(
      String id, TaskRecord record, Change change, boolean stops) {
    long generation = record.generation();
    FirePromises.Stopped before = openStops.remove(id);
    if (before != null) {
      promises.stops.add(
          new FirePromises.Stopped(id, before.generation(), before.fromMillis(), world.nowMillis));
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
                    openStops.put(
                        id,
                        new FirePromises.Stopped(id, generation, world.nowMillis, Long.MAX_VALUE));
                  }
                });
    if (answer.isCompletedExceptionally()) {
      world.trace("refused at once", null);
    }
    return answer;
  }

  private <T> T oneOf(List<T> values) {
    return values.get(world.random.nextInt(values.size()));
  }
}
