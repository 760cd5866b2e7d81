package io.xcron.fire;

import io.xcron.grid.TaskSlots;
import io.xcron.model.Progress;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.Timeline;
import io.xcron.wheel.Expiry;
import io.xcron.wheel.TimerWheel;
import org.jspecify.annotations.Nullable;

/**
 * When each task of a partition is looked at next: at its next instant, or, when it has come to its
 * end and shall not stay, at the time at which it goes. Guarded by the partition's lock.
 */
final class DueTimes {
  private final TaskSlots slots;
  private final TimerWheel wheel;

  DueTimes(TaskSlots slots, long nowMillis) {
    this.slots = slots;
    this.wheel = new TimerWheel(nowMillis);
  }

  int advance(long nowMillis, int limit, Expiry due) {
    return wheel.advance(nowMillis, limit, due);
  }

  long nextMillis() {
    return wheel.nextDeadlineMillis();
  }

  void clear() {
    wheel.clear();
  }

  void cancel(int slot) {
    wheel.cancel(slot);
  }

  void lookAgain(int slot, long atMillis) {
    wheel.schedule(slot, atMillis);
  }

  /** Holds a place for an instant of a task that something goes on for. */
  long ahead(TaskRuns task, long number, long scheduledMillis) {
    task.held = false;
    task.aheadNumber = number;
    task.aheadMillis = scheduledMillis;
    long due = task.dueMillis(number, scheduledMillis);
    wheel.schedule(task.slot, due);
    return due;
  }

  /** Whether the record has an instant to come. */
  static boolean hasNext(TaskRecord record) {
    return record.fires() && record.nextMillis() < Progress.UNTIL_TOLD;
  }

  /** Puts a task that nothing goes on for in its place; answers when it is looked at. */
  long place(int slot, TaskRecord record) {
    if (hasNext(record)) {
      return schedule(slot, record);
    }
    long expiry = record.expiryMillis();
    if (expiry == Progress.NEVER) {
      wheel.cancel(slot);
    } else {
      wheel.schedule(slot, expiry);
    }
    return expiry;
  }

  /**
   * Brings a task's place to what the record says is next. Answers when it is looked at, if that is
   * new; else {@link Progress#NEVER}.
   */
  long follow(int slot, @Nullable TaskRuns task, @Nullable TaskRecord before, TaskRecord after) {
    boolean never = after.nextMillis() >= Progress.UNTIL_TOLD;
    if (!after.fires() || (never && (task == null || task.unwritten == null))) {
      if (task != null) {
        task.holdsNothing();
      }
      return place(slot, after);
    }
    if (task != null) {
      // Another jitter moves the same instant; one in hand is decided by what holds now.
      boolean sameJitter = task.held || (before != null && before.version() == after.version());
      boolean inPlace =
          sameJitter
              && task.aheadNumber == after.decidedNumber() + 1
              && task.aheadMillis == after.nextMillis();
      return task.unwritten != null || inPlace
          ? Progress.NEVER
          : ahead(task, after.decidedNumber() + 1, after.nextMillis());
    }
    boolean inPlace =
        before != null
            && before.version() == after.version()
            && before.decidedNumber() == after.decidedNumber()
            && before.nextMillis() == after.nextMillis()
            && wheel.isScheduled(slot);
    return inPlace ? Progress.NEVER : schedule(slot, after);
  }

  private long schedule(int slot, TaskRecord record) {
    long due = record.jittered() ? withJitter(slot, record) : record.nextMillis();
    wheel.schedule(slot, due);
    return due;
  }

  private long withJitter(int slot, TaskRecord record) {
    String id = slots.id(slot);
    return Timeline.dueMillis(
        id,
        record.generation(),
        record.decidedNumber() + 1,
        record.nextMillis(),
        record.task(id).jitter().toMillis());
  }
}
