package io.xcron.fire;

import io.xcron.grid.PartitionEngine;
import io.xcron.grid.TaskSlots;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.OpenRun;
import io.xcron.model.Progress;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.wheel.Expiry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
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
  private final RunMutexes mutexes;
  private final LiveTasks live;
  private final RunKeeper keeper;
  private final DueDecider decider;
  private final Recount recount;
  private final Consumer<Timed> timerExpiry;
  private final Expiry dueExpiry;
  private final UnsettledTasks unsettled;
  private final Tenure tenure = new Tenure();
  private long sweepMillis;
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
    unsettled = new UnsettledTasks(slots);
    timers = new RunTimers(now);
    Decisions decisions = new Decisions(this, lane, timers);
    mutexes = new RunMutexes(this, around, timers);
    live = new LiveTasks(around, lane, slots, timers, mutexes);
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
          // Before all open runs are known, an instant could be taken for one that is alone.
          if (tenure.settled()) {
            recountWake = recount.step(nowMillis);
            due.advance(nowMillis, Math.min(limit, lane.room()), dueExpiry);
            stalled = false;
          }
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
      if (!closed && !signal.task().gone) {
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
      return live.underWay();
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
    TaskRuns known = live.of(slot);
    TaskRuns task = known == null ? live.begin(slot, record) : known;
    task.held = true;
    decider.decide(task, record, sweepMillis);
    live.forgetIfIdle(task);
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
    return live.of(slot);
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
    return unsettled.has(slot);
  }

  /** The grid has answered a write: what came before it is as durable as itself. */
  void settled(TaskRuns task, Change.@Nullable Applied applied) {
    unsettled.settle(task.slot, applied);
  }

  boolean maybeStarted(TaskRuns task, TaskRecord record, long dueMillis) {
    return tenure.maybeStarted(task.slot, record, dueMillis);
  }

  boolean hasOpenRuns(TaskRuns task) {
    return tenure.hasOpenRuns(task.slot);
  }

  void forgetIfIdle(TaskRuns task) {
    live.forgetIfIdle(task);
  }

  // What the grid tells, on the partition's thread with the lock held.

  @Override
  public Change.@Nullable Unwritten unwritten(int slot) {
    Grant grant = grant();
    if (grant != null && grant.epoch() >= tenure.epoch() && !tenure.actsIn(grant.epoch())) {
      takeOver(grant.epoch(), nowMillis());
      wakeAt(0);
    }
    TaskRuns task = live.of(slot);
    if (task == null) {
      return unwrittenByFormerOwner(slot);
    }
    Change.Unwritten here = task.unwritten();
    return here != null ? here : unwrittenByFormerOwner(slot);
  }

  @Override
  public List<OpenRun> started(int slot) {
    TaskRuns task = live.of(slot);
    return task == null ? List.of() : task.startedSinceWritten(slots.record(slot));
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
    TaskRuns task = live.of(slot);
    if (task == null && tenure.hasOpenRuns(slot)) {
      if (tenure.settled()) {
        task = live.begin(slot, after);
        task.holdsNothing();
      } else {
        wakeAt(0);
      }
    }
    if (task != null) {
      Reconciliation withRecord = new Reconciliation(this, keeper, task, after);
      boolean goOn = before != null && withRecord.redefine(around);
      goOn |= withRecord.run();
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
      unsettled.remove(slot);
      return;
    }
    boolean otherNext =
        before.decidedNumber() != after.decidedNumber()
            || before.nextMillis() != after.nextMillis();
    tenure.changed(slot, after, otherNext);
    if (otherNext || redefined || (!before.fires() && after.fires())) {
      unsettled.add(slot);
    }
  }

  private void removed(int slot) {
    due.cancel(slot);
    tenure.removed(slot);
    recount.removed(slot);
    live.end(slot);
  }

  @Override
  public boolean stopAtRest() {
    if (!live.atRest()) {
      return false;
    }
    moving = true;
    return true;
  }

  /** From the first call on nothing starts; what has started ends, and its end is written. */
  @Override
  public boolean drained() {
    moving = true;
    return live.atRest();
  }

  @Override
  public void closed() {
    closed = true;
    live.leaveAll();
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
    for (int slot : live.leaveAll()) {
      wakeAt(due.place(slot, slots.record(slot)));
    }
  }

  private void takeOver(long newEpoch, long nowMillis) {
    if (newEpoch > tenure.epoch()) {
      enter(newEpoch);
    }
    tenure.act(
        Math.min(nowMillis, around.maybeStartedUntilMillis().applyAsLong(slots.partition())));
    beginRecount(lane.calendars());
  }

  /**
   * Takes over open runs as far as there is room, all of a task at once; the next sweep goes on.
   */
  private void goOnTakingOver(long nowMillis) {
    while (lane.room() > 0) {
      int slot = tenure.nextToTakeOver();
      if (slot < 0) {
        return;
      }
      if (live.of(slot) == null) {
        TaskRecord record = slots.record(slot);
        TaskRuns task = live.begin(slot, record);
        if (!DueTimes.hasNext(record)) {
          task.holdsNothing();
        }
        keeper.takeOver(task, record, nowMillis);
      }
    }
  }
}
