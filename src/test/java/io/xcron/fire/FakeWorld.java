package io.xcron.fire;

import io.xcron.model.Calendars;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.model.WorkCalendar;
import io.xcron.schedule.CalendarCache;
import io.xcron.schedule.ScheduleCache;
import io.xcron.schedule.Timeline;
import io.xcron.target.Attempt;
import io.xcron.target.Outcome;
import io.xcron.target.Targets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A clock, a grant, a grid, targets and one lane, on one thread, all from one seed. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
final class FakeWorld implements Time, Grants, Targets {
  static final long BEGIN = 1_800_000_000_000L;

  /** How the targets answer: after how long, and what. */
  record Answer(long millis, Outcome outcome) {}

  static final Outcome OK = new Outcome.Answered(200, "", false);
  static final Outcome ERROR = new Outcome.Answered(500, "", false);

  final Random random;
  final FakeGrid grid;
  final ScheduleCache schedules = new ScheduleCache();
  final List<Shot> shots = new ArrayList<>();
  final Map<String, Set<Long>> explained = new HashMap<>();
  final List<String> trace = new ArrayList<>();
  final List<LastRun> ends = new ArrayList<>();
  final Map<String, WorkCalendar> calendars = new HashMap<>();
  final CalendarCache calendarCache =
      new CalendarCache(
          new Calendars() {
            @Override
            public @Nullable WorkCalendar calendar(String name) {
              return calendars.get(name);
            }

            @Override
            public Map<String, WorkCalendar> all() {
              return Map.copyOf(calendars);
            }
          });
  final Map<String, RunOutcome> outcomes = new HashMap<>();
  final List<RunRecord> log = new ArrayList<>();
  private final Map<Attempt, Shot> going = new HashMap<>();
  private final Map<String, Shot.Elsewhere> elsewhere = new HashMap<>();
  boolean commandsElsewhere;
  Consumer<Attempt> offered = attempt -> {};
  FakeGrid.Listener applied = (id, change, before, after) -> {};

  /** How often the lane has looked for something to do. */
  long sweeps;

  int killMillis = 3;
  private final TreeMap<Long, Deque<Runnable>> events = new TreeMap<>();
  long nowMillis = BEGIN;
  boolean tracing;
  boolean granted = true;
  boolean opening;
  long epoch = 1;
  int life;
  long grantedUntilMillis = BEGIN;
  private long adoptingUntilMillis = BEGIN - 1;
  double fullRate;
  Predicate<Attempt> room = attempt -> true;
  int offerMillis = 1;
  Function<Attempt, Answer> answers = attempt -> new Answer(5, OK);

  /** What ends an attempt before it may be asked whether it may start; null for nothing. */
  Function<Attempt, @Nullable Answer> unreached = attempt -> null;

  /** After how long one that was allowed to start is withdrawn, unsent; null for never. */
  Function<Attempt, @Nullable Long> standsStill = attempt -> null;

  /** Runs with such a start; the next owner may take them for called. */
  final Set<String> stoodStill = new HashSet<>();

  /** Calls that went on while a paused task said that they were still to start. */
  final List<String> hidden = new ArrayList<>();

  FireConfig config = new FireConfig(1, 64, 10_000, Duration.ofSeconds(1), Duration.ofMillis(500));
  Lane lane;
  private PartitionFires partition;

  final FakeMutexStore mutexStore;
  Mutexes mutexes;

  /** Of a member that is alone, or of one in a cluster whose store outlives it. */
  private final boolean alone;

  FakeWorld(long seed) {
    this(seed, true);
  }

  FakeWorld(long seed, boolean alone) {
    this.alone = alone;
    random = new Random(seed);
    mutexStore = new FakeMutexStore(this);
    grid = new FakeGrid(this, this::applied);
    mutexes = newMutexes();
    lane = newLane();
    partition = openPartition();
  }

  private Mutexes newMutexes() {
    return alone
        ? new LocalMutexes(() -> nowMillis / 500 + life)
        : new FakeMutexes(this, mutexStore, 2);
  }

  private Lane newLane() {
    return new Lane(around());
  }

  private Surroundings around() {
    return new Surroundings(
        grid,
        this,
        this,
        this,
        schedules,
        p -> grantedUntilMillis,
        config,
        FireEvents.NONE,
        calendarCache,
        this::logged,
        "m" + life,
        mutexes);
  }

  private PartitionFires openPartition() {
    opening = true;
    Surroundings around = around();
    PartitionFires opened = new PartitionFires(around, lane, grid);
    lane.add(opened);
    grid.open(opened);
    opening = false;
    return opened;
  }

  /** The process dies, with all that was on its way; another one opens what is durable. */
  void crash() {
    trace("crash", null);
    events.values().forEach(due -> due.removeIf(event -> event instanceof Mortal));
    life++;
    epoch++;
    mutexes = newMutexes();
    lane = newLane();
    partition = openPartition();
  }

  /**
   * Another member was the owner for a moment; what goes on here is not ours any more. As the
   * copies do it, nothing is done in the new epoch before all that this copy has is durable.
   */
  void newEpoch() {
    trace("new epoch", null);
    life++;
    epoch++;
    adoptingUntilMillis = grid.allDurableMillis();
  }

  /** Whether this member may act now. */
  boolean acts() {
    return granted && nowMillis > adoptingUntilMillis;
  }

  /** An event that dies with the process. */
  private record Mortal(Runnable body) implements Runnable {
    @Override
    public void run() {
      body.run();
    }
  }

  long upTo(int millis) {
    return millis == 0 ? 0 : random.nextInt(millis + 1);
  }

  void at(long millis, Runnable event) {
    events.computeIfAbsent(millis, m -> new ArrayDeque<>()).add(new Mortal(event));
  }

  void in(long millis, Runnable event) {
    at(nowMillis + millis, event);
  }

  /** An event of the world outside, which a crash does not stop. */
  void outsideAt(long millis, Runnable event) {
    events.computeIfAbsent(millis, m -> new ArrayDeque<>()).add(event);
  }

  void runUntil(long untilMillis) {
    while (true) {
      long next = sweep();
      Map.Entry<Long, Deque<Runnable>> first = events.firstEntry();
      long at =
          Math.max(nowMillis, Math.min(next, first == null ? Long.MAX_VALUE : first.getKey()));
      if (at > untilMillis) {
        nowMillis = untilMillis;
        return;
      }
      nowMillis = at;
      if (acts()) {
        grantedUntilMillis = nowMillis;
      }
      if (first != null && first.getKey() <= nowMillis) {
        Runnable event = first.getValue().poll();
        if (first.getValue().isEmpty()) {
          events.remove(first.getKey());
        }
        if (event != null) {
          event.run();
        }
      }
    }
  }

  private long sweep() {
    for (int i = 0; i < 1_000; i++) {
      sweeps++;
      long next = lane.sweep(nowMillis);
      if (next > nowMillis && !lane.hasWorkBefore(nowMillis + 1)) {
        return next;
      }
    }
    throw new IllegalStateException("the lane does not come to rest");
  }

  CompletableFuture<Change.Applied> write(String id, Change change) {
    trace("write", change);
    CompletableFuture<Change.Applied> answer = grid.write(id, change);
    return answer;
  }

  void create(Task task) {
    write(
        task.id(),
        new TaskChange.Create(task, nowMillis, timeline(task, nowMillis).first(nowMillis)));
  }

  Timeline timeline(Task task, long createMillis) {
    return Timeline.of(task, schedules, calendarCache, createMillis);
  }

  TaskRecord record(String id) {
    return java.util.Objects.requireNonNull(grid.current(id));
  }

  List<Shot> shotsOf(String id) {
    return shots.stream().filter(shot -> shot.id.equals(id)).toList();
  }

  void trace(String what, @Nullable Object more) {
    if (tracing) {
      trace.add("+" + (nowMillis - BEGIN) + " " + what + (more == null ? "" : " " + more));
    }
  }

  private void noLongerOn(String run, long sinceMillis) {
    for (Shot shot : shots) {
      if (run.equals(shot.run()) && shot.accepted) {
        shot.endMillis = Math.min(shot.endMillis, sinceMillis);
      }
    }
  }

  /** Whether a command that was placed elsewhere has not ended there. */
  boolean goesOnElsewhere(String run) {
    Shot.Elsewhere there = elsewhere.get(run);
    return there != null && there.outcome == null;
  }

  private void logged(int partition, String namespace, RunRecord run) {
    log.add(run);
  }

  private void applied(
      String id, Change change, @Nullable TaskRecord before, @Nullable TaskRecord after) {
    applied.applied(id, change, before, after);
    if (after == null) {
      return;
    }
    trace(id, change);
    trace(id, after);
    if (change instanceof TaskChange.Pause) {
      paused(id, after);
    }
    if (change instanceof RunChange.Finish finish) {
      ends.add(finish.run());
    }
    String key = id + "/" + after.generation();
    if (change instanceof RunChange.Finish finish) {
      noLongerOn(key + "/" + finish.run().number(), finish.run().endMillis());
      LastRun last = after.progress().lastRun();
      long number = finish.run().number();
      OpenRun open = before == null ? null : before.progress().openRun(number);
      boolean confirmed = open != null && open.state() == OpenRun.State.CONFIRMED;
      LastRun told = confirmed ? finish.run().confirmed() : finish.run();
      LastRun end = last != null && last.number() == number ? last : told;
      outcomes.put(key + "/" + number, end.outcome());
    } else if (change instanceof RunChange.Confirm confirm) {
      noLongerOn(key + "/" + confirm.number(), nowMillis);
    }
    if (change instanceof RunChange.Decide decide && before != null) {
      for (long n = before.decidedNumber() + 1; n <= after.decidedNumber(); n++) {
        if (after.progress().openRun(n) == null) {
          explained.computeIfAbsent(key, k -> new HashSet<>()).add(n);
        }
      }
      LastRun last = decide.lastRun();
      if (last != null && after.decidedNumber() == last.number()) {
        ends.add(last);
      }
    } else if (change instanceof RunChange.Finish finish
        && (finish.run().outcome() == RunOutcome.SKIPPED
            || finish.run().outcome() == RunOutcome.UNKNOWN
            || !finish.run().delivered())) {
      explained.computeIfAbsent(key, k -> new HashSet<>()).add(finish.run().number());
    }
  }

  /** Who pauses a task sees in its record what goes on. */
  private void paused(String id, TaskRecord record) {
    for (Shot shot : shots) {
      boolean here = shot.life == life && shot.id.equals(id);
      boolean goesOn = going.containsValue(shot) || (shot.accepted && shot.endMillis > nowMillis);
      OpenRun open = here && goesOn ? record.progress().openRun(shot.number) : null;
      if (open != null
          && shot.generation == record.generation()
          && open.state() == OpenRun.State.WAITING) {
        hidden.add(shot + " " + open);
      }
    }
  }

  /** Ends what is under way a little later, unless it ends by itself before. */
  @Override
  public void kill(Attempt attempt) {
    int number = attempt.number();
    in(
        upTo(killMillis),
        () -> {
          Shot killed = going.get(attempt);
          if (killed != null && killed.attempt != number) {
            return;
          }
          Shot shot = going.remove(attempt);
          Shot.Elsewhere there = shot == null ? null : shot.elsewhere;
          if (shot == null || (there != null && there.outcome != null)) {
            // A kill names its attempt: one that comes late, perhaps from a former owner, does not
            // end the next attempt, which runs in the same place.
            return;
          }
          shot.endMillis = nowMillis;
          shot.killed = true;
          Outcome soFar = new Outcome.Killed("so far", false);
          trace("killed", shot);
          attempt.ended(soFar);
          if (there != null) {
            there.outcome = soFar;
            if (going.remove(there.heardBy) != null) {
              // The owner of a later epoch has asked for the command since, and hears it too.
              there.heardBy.ended(soFar);
            }
          }
        });
  }

  @Override
  public boolean start(Attempt attempt) {
    if (random.nextDouble() < fullRate || !room.test(attempt)) {
      return false;
    }
    offered.accept(attempt);
    in(upTo(offerMillis), () -> ask(attempt));
    return true;
  }

  private static String runOf(Attempt attempt) {
    return attempt.taskId() + "/" + attempt.generation() + "/" + attempt.runNumber();
  }

  @Override
  public boolean rejoin(Attempt attempt, String member) {
    Shot.Elsewhere there = elsewhere.get(runOf(attempt));
    in(
        upTo(offerMillis),
        () -> {
          Outcome known = there == null ? new Outcome.Broken("gone") : there.outcome;
          if (known != null) {
            attempt.ended(known);
          } else if (there != null) {
            there.heardBy = attempt;
            there.life = life;
            going.put(attempt, there.shot);
          }
        });
    return true;
  }

  private void goesOnElsewhere(Attempt attempt, Shot shot, Answer answer) {
    Shot.Elsewhere there = new Shot.Elsewhere(attempt, shot, life);
    shot.elsewhere = there;
    elsewhere.put(runOf(attempt), there);
    outsideAt(
        nowMillis + answer.millis(),
        () -> {
          if (!shot.killed && there.outcome == null) {
            there.outcome = answer.outcome();
            shot.endMillis = nowMillis;
            shot.success = answer.outcome().success();
            if (there.life == life && going.remove(there.heardBy) != null) {
              trace("ended elsewhere", shot);
              there.heardBy.ended(answer.outcome());
            }
          }
        });
  }

  private void ask(Attempt attempt) {
    Answer unsent = unreached.apply(attempt);
    if (unsent != null) {
      in(unsent.millis(), () -> attempt.ended(unsent.outcome()));
      return;
    }
    boolean placed =
        attempt.target() instanceof Target.Shell
            || (commandsElsewhere && attempt.target() instanceof Target.Handler);
    if (placed) {
      attempt.placed(commandsElsewhere ? "elsewhere" : "m" + life);
    }
    if (!attempt.mayStart()) {
      in(0, () -> attempt.ended(new Outcome.Withdrawn()));
      return;
    }
    Long withdrawnAfter = standsStill.apply(attempt);
    if (withdrawnAfter != null) {
      trace("stands still", runOf(attempt));
      stoodStill.add(runOf(attempt));
      elsewhere.remove(runOf(attempt));
      in(withdrawnAfter, () -> attempt.ended(new Outcome.Withdrawn()));
      return;
    }
    Shot shot = new Shot(attempt, nowMillis, life);
    shots.add(shot);
    trace("shot", shot);
    Answer answer = answers.apply(attempt);
    shot.sent = answer.outcome().bytesSent();
    shot.accepted = answer.outcome() instanceof Outcome.Accepted;
    going.put(attempt, shot);
    if (placed && commandsElsewhere) {
      goesOnElsewhere(attempt, shot, answer);
      return;
    }
    if (!shot.accepted) {
      outsideAt(
          nowMillis + answer.millis(), () -> shot.endMillis = Math.min(shot.endMillis, nowMillis));
    }
    in(
        answer.millis(),
        () -> {
          if (going.remove(attempt) == null) {
            return;
          }
          shot.success = answer.outcome().success();
          shot.endMillis = Math.min(shot.endMillis, endMillis(attempt, shot));
          trace("ended", shot);
          attempt.ended(answer.outcome());
        });
  }

  /**
   * When what has just been answered ends. What a service has accepted goes on until it must be
   * confirmed, or the time of the whole run is over: also when the owner crashes then, before it
   * has written that down.
   */
  private long endMillis(Attempt attempt, Shot shot) {
    if (shot.accepted && attempt.target() instanceof Target.Service service) {
      long confirmedBy = shot.startMillis + service.confirmTimeout().toMillis();
      return Math.min(confirmedBy, ((Run) attempt).timeoutMillis());
    }
    return nowMillis;
  }

  @Override
  public long nowMillis() {
    return nowMillis;
  }

  @Override
  public long nanoTime() {
    return nowMillis * 1_000_000;
  }

  @Override
  public @Nullable Grant grant(int number) {
    return acts() ? new Grant(number, nowMillis / 500, epoch, Long.MAX_VALUE) : null;
  }

  @Override
  public void close() {
    partition.closed();
  }
}
