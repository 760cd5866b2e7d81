package io.xcron.fire;

import io.xcron.model.Chain;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.Schedule;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was promised in a simulated life, and whether all that was started kept to it. */
final class FirePromises {
  /** A kill before the confirmation wins; so does the timeout of the whole run. */
  private static final Set<RunOutcome> ENDS_OF_CONFIRMED =
      EnumSet.of(RunOutcome.SUCCESS, RunOutcome.TIMEOUT, RunOutcome.KILLED);

  /** From the acknowledgement of a stop to the next change nothing of this generation may start. */
  record Stopped(String id, long generation, long fromMillis, long untilMillis) {}

  /**
   * Of this run nothing may start between these instants: it was killed, is confirmed, or goes on.
   */
  record Quiet(String run, String why, long fromMillis, long untilMillis) {}

  /** A service was told that its confirmation is kept. */
  record Confirmed(String id, long generation, long number) {}

  /** The definitions that were last given. */
  final Map<String, Task> tasks = new HashMap<>();

  /** What users have changed, so that its runs cannot be counted any more. */
  final Set<String> touched = new HashSet<>();

  final List<Stopped> stops = new ArrayList<>();
  final List<Quiet> quiet = new ArrayList<>();
  final List<Confirmed> confirmed = new ArrayList<>();
  private final FakeWorld world;
  private final boolean chains;
  private long chainedRuns;
  private long mutexRuns;

  /**
   * @param chains whether tasks follow each other
   */
  FirePromises(FakeWorld world, boolean chains) {
    this.world = world;
    this.chains = chains;
  }

  /** How many attempts held a mutex, as far as checked. */
  long mutexRuns() {
    return mutexRuns;
  }

  /** How many runs came from the ends of other tasks, as far as checked. */
  long chainedRuns() {
    return chainedRuns;
  }

  Task task(String id) {
    return Objects.requireNonNull(tasks.get(id));
  }

  void check() {
    Map<String, Shot> latest = new HashMap<>();
    Map<String, Long> dueOf = new HashMap<>();
    Map<String, Long> tokens = new HashMap<>();
    Map<String, Integer> sent = new HashMap<>();
    Map<String, Shot> attempts = new HashMap<>();
    for (Shot shot : world.shots) {
      String run = shot.id + "/" + shot.generation + "/" + shot.number;
      require(shot.startMillis >= shot.dueMillis, "early", shot);
      Long due = dueOf.putIfAbsent(run, shot.dueMillis);
      require(due == null || due == shot.dueMillis, "one number, two instants", shot);
      require(tokens.getOrDefault(shot.id, 0L) <= shot.token, "a smaller token", shot);
      tokens.put(shot.id, shot.token);
      Shot before = latest.put(run, shot);
      require(
          before == null || !before.success || before.life < shot.life,
          "a repeat after a success, without a crash",
          shot);
      Shot same = attempts.put(run + "#" + shot.attempt, shot);
      require(same == null || same.life < shot.life, "an attempt made twice", shot);
      if (shot.sent && !touched.contains(shot.id) && atMostOnce(shot.id)) {
        require(sent.merge(run, 1, Integer::sum) == 1, "at-most-once called twice", shot);
      }
    }
    for (Stopped stop : stops) {
      for (Shot shot : world.shots) {
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
    if (chains) {
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
    require(world.hidden.isEmpty(), "paused, and said to be still to start: " + world.hidden, null);
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
    List<Shot> before = new ArrayList<>();
    for (Shot shot : world.shots) {
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
      for (Shot other : before) {
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

  private void checkQuiet() {
    for (Quiet q : quiet) {
      for (Shot shot : world.shots) {
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

  private boolean atMostOnce(String id) {
    return task(id).policy().delivery() == Policy.Delivery.AT_MOST_ONCE;
  }

  private void checkOverlap(Task task) {
    Policy.Overlap overlap = task.policy().overlap();
    if (touched.contains(task.id()) || overlap == Policy.Overlap.ALLOW) {
      return;
    }
    long end = Long.MIN_VALUE;
    int life = -1;
    for (Shot shot : world.shotsOf(task.id())) {
      require(shot.life != life || shot.startMillis >= end, "two at once", shot);
      end = shot.endMillis;
      life = shot.life;
    }
  }

  private void checkNumbers(Task task, TaskRecord record) {
    Progress progress = record.progress();
    Set<Long> called = new HashSet<>();
    for (Shot shot : world.shotsOf(task.id())) {
      called.add(shot.number);
    }
    Set<Long> explained =
        world.explained.getOrDefault(task.id() + "/" + record.generation(), Set.of());
    long takenForCalledWrongly = 0;
    for (long number = 1; number <= progress.decidedNumber(); number++) {
      OpenRun open = progress.openRun(number);
      boolean takenForCalled = takenForCalled(task, record, number);
      takenForCalledWrongly += takenForCalled && !called.contains(number) ? 1 : 0;
      require(
          called.contains(number) || explained.contains(number) || open != null || takenForCalled,
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
          progress.delivered() <= delivered + takenForCalledWrongly
              && progress.delivered() >= delivered - inVain,
          task.id() + " run count " + progress.delivered() + " of " + called.size() + " " + record,
          null);
    }
  }

  /** Whether a former owner has written a start that was none, and died before it knew. */
  private boolean takenForCalled(Task task, TaskRecord record, long number) {
    String run = task.id() + "/" + record.generation() + "/" + number;
    return world.life > 0 && world.stoodStill.contains(run);
  }

  private void require(boolean holds, String what, @Nullable Shot shot) {
    if (!holds) {
      throw new AssertionError(what + (shot == null ? "" : ": " + shot));
    }
  }
}
