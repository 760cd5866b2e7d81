package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.target.Attempt;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each policy of a task promises, held against a simulated life. Of tasks that users have
 * changed only what does not depend on the definition is checked.
 */
final class PolicyPromises {
  private static final int MAX_LOST = 10;

  private final FakeWorld world;
  private final Map<String, Task> tasks;
  private final Set<String> touched;
  private final IdentityHashMap<Change, Long> decidedMillis = new IdentityHashMap<>();
  private final Map<String, String> args = new HashMap<>();
  private final List<Attempt> together = new ArrayList<>();
  private final Map<String, Long> expiredAfter = new HashMap<>();
  private long togetherSweep = -1;
  private @Nullable String broken;

  /** How often a policy was seen at work, by its name. */
  final Map<String, Integer> seen = new HashMap<>();

  PolicyPromises(FakeWorld world, Map<String, Task> tasks, Set<String> touched) {
    this.world = world;
    this.tasks = tasks;
    this.touched = touched;
    world.offered = this::offered;
    world.grid.sent = change -> decidedMillis.putIfAbsent(change, world.nowMillis);
    world.applied = this::applied;
  }

  private void count(String policy) {
    seen.merge(policy, 1, Integer::sum);
  }

  private void require(boolean holds, String what, @Nullable Object more) {
    if (!holds && broken == null) {
      broken = what + ": " + more;
    }
  }

  /** A run by hand was accepted under this number. */
  void byHand(String run, String arg) {
    args.put(run, arg);
  }

  /** Of runs that come out of the wheel together none goes before one of a higher priority. */
  private void offered(Attempt attempt) {
    Run run = (Run) attempt;
    boolean waited = run.atMostOnce() || run.task.policy().mutex() != null;
    if (attempt.dueMillis() != world.nowMillis || attempt.number() != 1 || waited) {
      return;
    }
    if (togetherSweep != world.sweeps) {
      togetherSweep = world.sweeps;
      together.clear();
    }
    int mine = run.priority();
    for (Attempt before : together) {
      require(((Run) before).priority() >= mine, "a lower priority went first", attempt.taskId());
      if (((Run) before).priority() > mine) {
        count("priority");
      }
    }
    together.add(attempt);
  }

  private void applied(
      String id, Change change, @Nullable TaskRecord before, @Nullable TaskRecord after) {
    Task task = tasks.get(id);
    if (task == null || touched.contains(id)) {
      return;
    }
    if (change instanceof TaskChange.Expire && before != null && after == null) {
      long ended = before.expiryMillis() - Objects.requireNonNull(task.deleteAfter()).toMillis();
      expiredAfter.put(id, world.nowMillis - ended);
    }
    if (change instanceof RunChange.Decide decide && after != null) {
      LastRun last = decide.lastRun();
      boolean done = before != null && after.decidedNumber() > before.decidedNumber();
      if (last != null && done && last.outcome() == RunOutcome.MISFIRED) {
        misfired(task, decide, last);
      }
    }
  }

  private void misfired(Task task, RunChange.Decide decide, LastRun last) {
    long now = decidedMillis.getOrDefault(decide, world.nowMillis);
    Policy policy = task.policy();
    long missed = now - task.jitter().toMillis() - policy.misfireAfter().toMillis();
    require(last.scheduledMillis() < missed, "let go, and was not missed", last);
    Duration window = policy.misfireWindow();
    boolean tooOld =
        window != null
            && last.scheduledMillis() < now - task.jitter().toMillis() - window.toMillis();
    long next = decide.nextMillis();
    count("misfire-" + policy.misfire());
    switch (policy.misfire()) {
      case ALL -> require(tooOld, "all were to fire, and one was let go", last);
      case SKIP -> require(next >= missed, "none was to fire, and one will", decide);
      case ONCE -> require(tooOld || next < missed, "the latest missed was to fire", decide);
    }
    if (tooOld) {
      count("misfire-window");
    }
  }

  void check() {
    Map<String, Shot> before = new HashMap<>();
    Map<String, Long> firstStarts = new HashMap<>();
    for (Shot shot : world.shots) {
      String arg = args.get(shot.run());
      require(arg == null || arg.equals(shot.arg), "a run by hand without its argument", shot);
      count(arg == null ? "shots" : "by-hand");
      Task task = tasks.get(shot.id);
      if (task == null || touched.contains(shot.id)) {
        continue;
      }
      require(shot.arg == null, "an argument that nobody gave", shot);
      checkEnd(task, shot);
      String key = shot.run() + " " + shot.life;
      checkRetry(task, before.put(key, shot), shot);
      Duration timeout = task.policy().timeout();
      long first = firstStarts.computeIfAbsent(key, k -> shot.startMillis);
      require(
          timeout == null || shot.startMillis - first <= timeout.toMillis(),
          "an attempt after the timeout of its run",
          shot);
    }
    world.log.forEach(this::checkTries);
    world.log.forEach(this::checkLogged);
    tasks.values().forEach(this::checkLast);
    if (broken != null) {
      throw new AssertionError(broken);
    }
  }

  private void checkEnd(Task task, Shot shot) {
    Instant end = task.end();
    if (end != null) {
      count("end");
      long latest = end.toEpochMilli() + task.jitter().toMillis();
      require(shot.dueMillis <= latest, "due after the end of its task", shot);
    }
    if (task.schedule() instanceof Schedule.Every every) {
      long start = Objects.requireNonNull(task.start()).toEpochMilli();
      long late = shot.dueMillis - start - (shot.number - 1) * every.period().toMillis();
      require(late >= 0 && late <= task.jitter().toMillis(), "not the number's instant", shot);
      if (late > 0) {
        count("jitter");
      }
    }
  }

  private void checkRetry(Task task, @Nullable Shot before, Shot shot) {
    Policy.Retry retry = task.policy().retry();
    boolean uncounted =
        task.target() instanceof Target.Shell || world.stoodStill.contains(shot.run());
    int lost = uncounted ? MAX_LOST : 0;
    require(shot.attempt <= retry.attempts() + lost, "too many attempts", shot);
    if (before != null && shot.attempt == before.attempt + 1) {
      count("retry");
      long backoff = retry.backoff().toMillis();
      for (int i = 1; i < before.attempt; i++) {
        backoff = Math.min(2 * backoff, retry.maxBackoff().toMillis());
      }
      require(shot.startMillis - before.endMillis >= backoff, "tried again too soon", shot);
    }
  }

  /** What was not sent was not tried; of former owners' tries it may not be known. */
  private void checkTries(RunRecord run) {
    if (world.life > 0) {
      return;
    }
    long sent =
        world.shotsOf(run.taskId()).stream()
            .filter(s -> s.generation == run.generation() && s.number == run.number())
            .count();
    require(run.attempts().size() <= sent, "more tries than " + sent, run);
    count("tries");
  }

  private void checkLogged(RunRecord run) {
    Task task = tasks.get(run.taskId());
    if (task == null || touched.contains(run.taskId())) {
      return;
    }
    Policy policy = task.policy();
    Duration timeout = policy.timeout();
    if (timeout != null
        && run.outcome() == RunOutcome.SUCCESS
        && !(task.target() instanceof Target.Service)) {
      require(
          run.endMillis() - run.startMillis() <= timeout.toMillis(), "longer than its time", run);
    }
    count("outcome-" + run.outcome());
    if (run.outcome() == RunOutcome.SKIPPED) {
      count("overlap-" + policy.overlap());
      String why = String.valueOf(run.detail());
      boolean right =
          switch (policy.overlap()) {
            case SKIP -> why.startsWith("a run of the task was still going on");
            case QUEUE -> why.startsWith("as many runs were waiting");
            case REPLACE, ALLOW -> false;
          };
      require(right, "skipped under " + policy.overlap(), run);
    }
    if (run.outcome() == RunOutcome.KILLED) {
      require(policy.overlap() == Policy.Overlap.REPLACE, "killed by nobody", run);
      count("overlap-REPLACE");
    }
  }

  /** What is left of tasks that have come to their end. */
  private void checkLast(Task task) {
    TaskRecord record = world.grid.current(task.id());
    if (touched.contains(task.id()) || !(task.schedule() instanceof Schedule.At)) {
      return;
    }
    if (record == null && world.shotsOf(task.id()).isEmpty()) {
      // Its creation was refused, or lost before it was acknowledged.
      return;
    }
    Duration after = task.deleteAfter();
    if (after != null) {
      count("delete-after");
      require(record == null, "still there", record);
      long stayed = expiredAfter.getOrDefault(task.id(), -1L);
      require(stayed >= after.toMillis(), "went after " + stayed + " ms", task.id());
      return;
    }
    Progress progress = Objects.requireNonNull(record).progress();
    LastRun last = Objects.requireNonNull(progress.lastRun(), "a one-shot that never ended");
    boolean failed = last.outcome() == RunOutcome.FAILURE || last.outcome() == RunOutcome.TIMEOUT;
    boolean dead = progress.phase() == Progress.Phase.DEAD;
    require(dead == failed, "a dead letter that is none, or the reverse", record);
    count(dead ? "dead" : "one-shot");
  }
}
