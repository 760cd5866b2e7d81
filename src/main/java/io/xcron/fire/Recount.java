package io.xcron.fire;

import io.xcron.grid.TaskSlots;
import io.xcron.model.Progress;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.Timeline;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Brings the instants to come of one partition's tasks to what their calendars say now: after a
 * change of a calendar, and when the partition has been taken over, as its former owner may not
 * have come to the end of it. All tasks that name a calendar are passed through, some at each
 * sweep; what differs is written as any other change is, and the next pass sees whether that was
 * done. A pass that finds nothing is the last.
 *
 * <p>An instant that is due already stays, and so does the task of a calendar that is not known
 * when the partition is taken over. Guarded by the partition's lock, on the lane's thread.
 */
final class Recount {
  /** Tasks looked at in one sweep. */
  private static final int LOOKS = 256;

  /** Writes under way; at this limit the pass waits for answers. */
  private static final int WRITES = 64;

  private static final long LOOK_AGAIN_MILLIS = 20;
  private static final long NEXT_PASS_MILLIS = 500;

  private final PartitionFires home;
  private final Surroundings around;
  private final Lane lane;
  private final TaskSlots slots;
  private final BitSet withCalendar = new BitSet();
  private final Set<String> names = new HashSet<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private int from;
  private boolean again;
  private long notBeforeMillis = Long.MIN_VALUE;

  Recount(PartitionFires home, Surroundings around, Lane lane, TaskSlots slots) {
    this.home = home;
    this.around = around;
    this.lane = lane;
    this.slots = slots;
  }

  /** On the partition's thread. */
  void changed(int slot, TaskRecord after) {
    withCalendar.set(slot, after.namesCalendar());
  }

  /** On the partition's thread. */
  void removed(int slot) {
    withCalendar.clear(slot);
  }

  /** These calendars have changed. */
  void begin(Set<String> changed) {
    names.addAll(changed);
    from = 0;
    notBeforeMillis = Long.MIN_VALUE;
  }

  /** Answers when it wants to go on. */
  long step(long nowMillis) {
    if (names.isEmpty()) {
      return Progress.NEVER;
    }
    if (nowMillis < notBeforeMillis) {
      return notBeforeMillis;
    }
    for (int looks = 0; looks < LOOKS; looks++) {
      int slot = withCalendar.nextSetBit(from);
      if (slot < 0) {
        return endOfPass(nowMillis);
      }
      if (underWay.get() >= WRITES) {
        notBeforeMillis = nowMillis + LOOK_AGAIN_MILLIS;
        return notBeforeMillis;
      }
      from = slot + 1;
      look(slot, nowMillis);
    }
    return nowMillis;
  }

  private long endOfPass(long nowMillis) {
    from = 0;
    if (!again) {
      names.clear();
      return Progress.NEVER;
    }
    again = false;
    notBeforeMillis = nowMillis + NEXT_PASS_MILLIS;
    return notBeforeMillis;
  }

  private void look(int slot, long nowMillis) {
    TaskRecord record = slots.record(slot);
    if (!record.fires()) {
      return;
    }
    TaskRuns live = home.runsOf(slot);
    if (live != null && live.deciding != null) {
      // It carries an instant that was computed before.
      again = true;
      return;
    }
    String id = slots.id(slot);
    Task task = live == null ? record.task(id) : live.task;
    long next = live == null ? record.nextMillis() : live.nextMillis(record);
    if (!names.contains(task.calendar()) || next <= nowMillis || next >= Progress.UNTIL_TOLD) {
      return;
    }
    long recounted =
        Timeline.of(task, around.schedules(), around.calendars(), record.createdMillis())
            .recounted(next, nowMillis);
    if (recounted != next) {
      again = true;
      underWay.incrementAndGet();
      long number = live == null ? record.decidedNumber() + 1 : live.nextNumber(record);
      lane.outbox()
          .recount(
              id,
              new TaskChange.Recount(
                  record.generation(), record.version(), number, next, recounted),
              underWay);
    }
  }
}
