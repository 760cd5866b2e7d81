package io.xcron.fire;

import io.xcron.grid.PartitionEngine;
import io.xcron.grid.PartitionEngines;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskSlots;
import io.xcron.model.Calendars;
import io.xcron.model.Grants;
import io.xcron.model.Progress;
import io.xcron.model.RunLog;
import io.xcron.model.Time;
import io.xcron.schedule.CalendarCache;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.Targets;

/**
 * The engine without its threads: one lane that a caller drives with a clock of his own. All that a
 * {@link FireEngine} decides is decided here too, by the same code. One thread at a time may call.
 */
public final class SteppedEngine implements PartitionEngines {
  /** So often a lane may find more to do at one instant, before something must be wrong. */
  private static final int MAX_SWEEPS = 1_000_000;

  private final Surroundings around;
  private final Lane lane;

  public SteppedEngine(
      TaskGrid grid,
      Targets targets,
      Grants grants,
      Time time,
      ScheduleCache schedules,
      FireConfig config,
      Calendars calendars,
      RunLog runs,
      String member,
      Mutexes mutexes) {
    around =
        new Surroundings(
            grid,
            targets,
            grants,
            time,
            schedules,
            partition -> Long.MIN_VALUE,
            config,
            FireEvents.NONE,
            new CalendarCache(calendars),
            runs,
            member,
            mutexes);
    lane = new Lane(around);
  }

  @Override
  public PartitionEngine open(TaskSlots slots) {
    PartitionFires partition = new PartitionFires(around, lane, slots);
    lane.add(partition);
    return partition;
  }

  /**
   * Does all that there is to do at this instant.
   *
   * @return the next instant with something to do; {@code Long.MAX_VALUE} for none
   */
  public long sweep(long nowMillis) {
    for (int sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      long next = lane.sweep(nowMillis);
      if (next > nowMillis) {
        return next >= Progress.NEVER ? Long.MAX_VALUE : next;
      }
    }
    throw new IllegalStateException("the lane does not come to rest");
  }

  /** Whether something was told since the last sweep that it has to look at. */
  public boolean hasWorkBefore(long millis) {
    return lane.hasWorkBefore(millis);
  }

  /** Runs in memory, see {@link FireEngine#runs}. */
  public int runs() {
    return lane.runs();
  }
}
