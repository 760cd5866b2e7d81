package io.xcron.fire;

import io.xcron.grid.PartitionEngine;
import io.xcron.grid.TaskSlots;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.OpenRun;
import io.xcron.model.Progress;
import io.xcron.model.RunRecord;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.wheel.Expiry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The engine of one partition's replica: what is due when, and what goes on.
 *
 * <p>A replica without a grant is kept warm: its wheel follows the writes and is not advanced. With
 * the first grant of an epoch the engine takes over: what the former owner had open goes on here.
 * Everything is guarded by the partition's lock but for what is volatile.
 */
final class PartitionFires implements PartitionEngine {
  private static final Logger LOG = System.getLogger(PartitionFires.class.getName());

  private static final long AFTER_FAULT_MILLIS = 5_000;

  private final Surroundings around;
  private final Lane lane;
  private final TaskSlots slots;
  private final DueTimes due;
  private final RunTimers timers;
  private final Map<Integer, TaskRuns> live = new HashMap<>();
  private final RunMutexes mutexes;
  private final RunKeeper keeper;
  private final DueDecider decider;
  private final Recount recount;
  private final Consumer<Timed> timerExpiry;
  private final Expiry dueExpiry;
  private long sweepMillis;

  /**
   * Tasks whose next instant, or whose right to fire it, came from a write that may not be durable
   * yet. Were such an instant started before its number is written, a crash could give that number
   * to another one.
   */
  private final BitSet unsettled = new BitSet();

  private final Tenure tenure = new Tenure();
  private volatile boolean closed;

  /** The partition is to move: nothing starts here any more. */
  private volatile boolean moving;

  private volatile boolean stalled;
  private volatile long nextWakeMillis = Progress.NEVER;
  private long recountWake = Progress.NEVER;

  PartitionFires(Surroundings around, Lane lane, TaskSlots slots) {
    this.around = around;
    this.lane = lane;
    this.slots = slots;
    long now = around.time().nowMillis();
    due = new DueTimes(slots, now);
    timers = new RunTimers(now);
    Decisions decisions = new Decisions(this, lane, timers);
    mutexes = new RunMutexes(this, around, timers);
    keeper = new RunKeeper(this, around, lane, timers, decisions, mutexes);
    decider = new DueDecider(this, around, keeper, decisions);
    recount = new Recount(this, around, lane, slots);
    timerExpiry = timed -> keeper.timerExpired(timed, sweepMillis);
    dueExpiry = (slot, deadline) -> dueOrLater(slot);
  }

  // For runs, on any thread.

  @Nullable Grant grant() {
    return closed ? null : around.grants().grant(slots.partition());
  }

  long nowMillis() {
    return around.time().nowMillis();
  }

  long nanoTime() {
    return around.time().nanoTime();
  }

  FireEvents events() {
    return around.events();
  }

  boolean draining() {
    return moving || lane.draining();
  }

  long epoch() {
    return tenure.epoch();
  }

  int partition() {
    return slots.partition();
  }

  /** For a run that is cancelled and has ended; any thread. */
  void releaseMutex(Run run) {
    mutexes.release(run);
  }

  String member() {
    return around.member();
  }

  /** Keeps the record of a run. */
  void log(Task task, RunRecord run) {
    around.runs().ended(slots.partition(), task.namespace(), run);
  }

  void signal(Signal signal, boolean wake) {
    lane.signal(signal, wake);
  }

  void write(Run run) {
    Outbox.write(around.grid(), run.taskId(), run.finish(), run);
  }

  // For the lane.

  long nextWakeMillis() {
    return nextWakeMillis;
  }

  /** Whether the last sweep had the grant and the room to do what is due. */
  boolean mayGoOn() {
    return !stalled;
  }

  void sweep(long nowMillis, int limit) {
    stalled = true;
    Grant grant = grant();
    if (grant == null) {
      return;
    }
    slots.lock().lock();
    try {
      if (grant.epoch() >= tenure.epoch() && !closed) {
        if (!tenure.actsIn(grant.epoch())) {
          takeOver(grant.epoch(), nowMillis);
        }
        sweepMillis = nowMillis;
        timers.advance(nowMillis, limit, timerExpiry);
        int room = draining() ? 0 : lane.room();
        if (room > 0) {
          goOnTakingOver(nowMillis);
          recountWake = recount.step(nowMillis);
          due.advance(nowMillis, Math.min(limit, room), dueExpiry);
          stalled = false;
        }
      }
      resetWake();
    } finally {
      slots.lock().unlock();
    }
  }

  /** These calendars have changed, and with them the instants of the tasks that name them. */
  void recount(Set<String> names) {
    slots.lock().lock();
    try {
      beginRecount(names);
      resetWake();
    } finally {
      slots.lock().unlock();
    }
  }

  private void beginRecount(Set<String> names) {
    recount.begin(names);
    recountWake = names.isEmpty() ? recountWake : 0;
  }

  void handle(Signal signal, long nowMillis) {
    slots.lock().lock();
    try {
      if (!closed && live.get(signal.task().slot) == signal.task()) {
        keeper.handle(signal, nowMillis);
        resetWake();
      }
    } finally {
      slots.lock().unlock();
    }
  }

  void refused(Run run, long nowMillis) {
    slots.lock().lock();
    try {
      keeper.refused(run, nowMillis);
      resetWake();
    } finally {
      slots.lock().unlock();
    }
  }

  int underWay() {
    slots.lock().lock();
    try {
      int count = 0;
      for (TaskRuns task : live.values()) {
        for (Run run : task.runs) {
          boolean offered = run.state == Run.State.OFFERED && !run.cancelled;
          count += offered || run.state == Run.State.ENDING ? 1 : 0;
        }
      }
      return count;
    } finally {
      slots.lock().unlock();
    }
  }

  /** A fault of ours with one task must neither end that task nor hold up the others. */
  private void dueOrLater(int slot) {
    try {
      due(slot);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "task " + slots.id(slot) + " could not be fired; tried again", e);
      due.lookAgain(slot, sweepMillis + AFTER_FAULT_MILLIS);
    }
  }

  private void due(int slot) {
    TaskRecord record = slots.record(slot);
    if (record.phase() != Progress.Phase.ACTIVE) {
      expire(slot, record);
      return;
    }
    TaskRuns task = live.get(slot);
    if (task == null) {
      task = new TaskRuns(slot, slots.id(slot), record, around);
      live.put(slot, task);
    }
    task.held = true;
    decider.decide(task, record, sweepMillis);
    forgetIfIdle(task);
  }

  /** The task goes; should that fail, it is tried again. */
  private void expire(int slot, TaskRecord record) {
    if (record.expiryMillis() <= sweepMillis) {
      due.lookAgain(slot, sweepMillis + AFTER_FAULT_MILLIS);
      lane.outbox().expire(slots.id(slot), new TaskChange.Expire(record.generation()));
    }
  }

  private void resetWake() {
    long wake = Math.min(due.nextMillis(), timers.nextDeadlineMillis());
    nextWakeMillis = tenure.hasWork() ? 0 : Math.min(wake, recountWake);
  }

  private void wakeAt(long deadlineMillis) {
    if (deadlineMillis < nextWakeMillis) {
      nextWakeMillis = deadlineMillis;
      lane.notBeyond(deadlineMillis);
    }
  }

  // For the decider and the keeper, under the lock.

  /** What goes on for a task; null for nothing. */
  @Nullable TaskRuns runsOf(int slot) {
    return live.get(slot);
  }

  TaskRecord record(TaskRuns task) {
    return slots.record(task.slot);
  }

  DueDecider decider() {
    return decider;
  }

  void scheduleAhead(TaskRuns task, long number, long scheduledMillis) {
    due.ahead(task, number, scheduledMillis);
  }

  void scheduleNothing(TaskRuns task) {
    task.holdsNothing();
    due.cancel(task.slot);
  }

  /** The instant in hand is decided anew at this time, if it is still there. */
  void lookAgain(TaskRuns task, long atMillis) {
    due.lookAgain(task.slot, atMillis);
  }

  boolean unsettled(int slot) {
    return unsettled.get(slot);
  }

  /** The grid has answered a write: what came before it is as durable as itself. */
  void settled(TaskRuns task, Change.@Nullable Applied applied) {
    if (applied instanceof Change.Applied.Stored stored) {
      TaskRecord now = slots.record(task.slot);
      TaskRecord then = stored.record();
      if (now.epoch() == then.epoch() && now.sequence() <= then.sequence()) {
        unsettled.clear(task.slot);
      }
    }
  }

  boolean maybeStarted(TaskRuns task, TaskRecord record, long dueMillis) {
    return tenure.maybeStarted(task.slot, record, dueMillis);
  }

  boolean hasOpenRuns(TaskRuns task) {
    return tenure.hasOpenRuns(task.slot);
  }

  void forgetIfIdle(TaskRuns task) {
    if (task.idle() && live.get(task.slot) == task) {
      task.gone = true;
      live.remove(task.slot);
    }
  }

  // What the grid tells, on the partition's thread with the lock held.

  @Override
  public Change.@Nullable Unwritten unwritten(int slot) {
    Grant grant = grant();
    if (grant != null && grant.epoch() >= tenure.epoch() && !tenure.actsIn(grant.epoch())) {
      takeOver(grant.epoch(), nowMillis());
      wakeAt(0);
    }
    TaskRuns task = live.get(slot);
    if (task == null) {
      return unwrittenByFormerOwner(slot);
    }
    Change.Unwritten here = task.unwritten();
    return here != null ? here : unwrittenByFormerOwner(slot);
  }

  /** What may have been started before this owner's time keeps its number through a change. */
  private Change.@Nullable Unwritten unwrittenByFormerOwner(int slot) {
    TaskRecord record = slots.record(slot);
    long next = record.nextMillis();
    if (!tenure.mayHaveStartedBy(next) || !record.fires()) {
      return null;
    }
    TaskRuns task = new TaskRuns(slot, slots.id(slot), record, around);
    Run run = decider.newRun(task, record);
    return run.atMostOnce()
            || !maybeStarted(task, record, run.dueMillis)
            || DueDecider.exhausted(record)
        ? null
        : new Change.Unwritten(run.asStarted(), run.nextMillis);
  }

  @Override
  public void changed(int slot, @Nullable TaskRecord before, @Nullable TaskRecord after) {
    if (closed) {
      return;
    }
    if (after == null) {
      removed(slot);
      return;
    }
    if (after.epoch() > tenure.epoch()) {
      enter(after.epoch());
    }
    note(slot, before, after);
    TaskRuns task = live.get(slot);
    if (task == null && tenure.hasOpenRuns(slot)) {
      if (tenure.settled()) {
        task = new TaskRuns(slot, slots.id(slot), after, around);
        task.holdsNothing();
        live.put(slot, task);
      } else {
        wakeAt(0);
      }
    }
    if (task != null) {
      boolean goOn = before != null && redefined(task, after);
      goOn |= new Reconciliation(this, keeper, task, after).run();
      goOn |= after.hasEndsToTell() && task.telling == null;
      if (goOn) {
        signal(new Signal(this, task, null, Signal.Kind.CHANGED, null), true);
      }
    }
    wakeAt(due.follow(slot, task, before, after));
  }

  private void note(int slot, @Nullable TaskRecord before, TaskRecord after) {
    boolean redefined = before == null || before.version() != after.version();
    if (redefined) {
      recount.changed(slot, after);
    }
    if (before == null) {
      tenure.created(slot, after);
      unsettled.clear(slot);
      return;
    }
    boolean otherNext =
        before.decidedNumber() != after.decidedNumber()
            || before.nextMillis() != after.nextMillis();
    tenure.changed(slot, after, otherNext);
    if (otherNext || redefined || (!before.fires() && after.fires())) {
      unsettled.set(slot);
    }
  }

  private boolean redefined(TaskRuns task, TaskRecord after) {
    boolean goOn = false;
    if (after.version() != task.version) {
      Task old = task.task;
      task.redefine(after, around);
      boolean otherTimes = !sameTimes(old, task.task);
      for (Run run : task.runs) {
        goOn |= keeper.redefine(run, otherTimes);
      }
      Decision deciding = task.deciding;
      if (deciding != null && deciding.opens != null) {
        goOn |= keeper.redefine(deciding.opens, otherTimes);
      }
    }
    boolean barred = TaskRuns.barred(after);
    if (barred != task.barred) {
      task.barred = barred;
      for (Run run : task.runs) {
        run.barred = barred;
      }
      goOn = true;
    }
    return goOn;
  }

  private static boolean sameTimes(Task one, Task other) {
    return one.schedule().equals(other.schedule())
        && Objects.equals(one.start(), other.start())
        && Objects.equals(one.calendar(), other.calendar());
  }

  private void removed(int slot) {
    due.cancel(slot);
    tenure.removed(slot);
    recount.removed(slot);
    TaskRuns task = live.remove(slot);
    if (task != null) {
      task.runs.forEach(this::killOf);
      task.runs.forEach(this::releaseOf);
      drop(task);
    }
  }

  /** A deleted task's callback may still arrive; whatever else goes on for it is ended. */
  private void killOf(Run run) {
    boolean callback = run.target() instanceof Target.Http;
    if (run.state == Run.State.OFFERED && !callback && !run.ending()) {
      around.targets().kill(run);
    }
  }

  /** What is under way gives its mutex back when it has ended. */
  private void releaseOf(Run run) {
    run.cancelled = true;
    if (!run.underWay) {
      mutexes.release(run);
    }
  }

  private void drop(TaskRuns task) {
    task.gone = true;
    lane.runsAdded(-task.runs.size());
    for (Run run : task.runs) {
      run.cancelled = true;
      timers.cancel(run);
    }
    task.runs.clear();
    task.unwritten = null;
    Telling telling = task.telling;
    if (telling != null) {
      timers.cancel(telling);
      lane.runsAdded(-1);
      task.telling = null;
    }
    Decision deciding = task.deciding;
    if (deciding != null && deciding.opens != null) {
      deciding.opens.cancelled = true;
    }
  }

  /** From the first call on nothing starts; what has started ends, and its end is written. */
  @Override
  public boolean drained() {
    moving = true;
    for (TaskRuns task : live.values()) {
      if (task.deciding != null) {
        return false;
      }
      for (Run run : task.runs) {
        if ((run.state == Run.State.OFFERED && !run.cancelled) || run.state == Run.State.ENDING) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public void closed() {
    closed = true;
    for (TaskRuns task : live.values()) {
      task.runs.forEach(mutexes::leave);
      drop(task);
    }
    live.clear();
    due.clear();
    nextWakeMillis = Progress.NEVER;
    lane.remove(this);
  }

  // Epochs.

  /** A newer epoch: whatever went on here before belongs to its owner now. */
  private void enter(long newEpoch) {
    tenure.enter(newEpoch);
    moving = false;
    unsettled.clear();
    for (TaskRuns task : live.values()) {
      task.runs.forEach(mutexes::leave);
      drop(task);
      wakeAt(due.place(task.slot, slots.record(task.slot)));
    }
    live.clear();
  }

  private void takeOver(long newEpoch, long nowMillis) {
    if (newEpoch > tenure.epoch()) {
      enter(newEpoch);
    }
    tenure.act(
        Math.min(nowMillis, around.maybeStartedUntilMillis().applyAsLong(slots.partition())));
    beginRecount(lane.calendars());
  }

  /** Takes over open runs as far as there is room; the next sweep goes on. */
  private void goOnTakingOver(long nowMillis) {
    while (lane.room() > OpenRun.MAX_PER_TASK) {
      int slot = tenure.nextToTakeOver();
      if (slot < 0) {
        return;
      }
      if (!live.containsKey(slot)) {
        TaskRecord record = slots.record(slot);
        TaskRuns task = new TaskRuns(slot, slots.id(slot), record, around);
        live.put(slot, task);
        if (!DueTimes.hasNext(record)) {
          task.holdsNothing();
        }
        keeper.takeOver(task, record, nowMillis);
      }
    }
  }
}
