package io.xcron.fire;

import io.xcron.grid.PartitionEngine;
import io.xcron.grid.PartitionEngines;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskSlots;
import io.xcron.model.Calendars;
import io.xcron.model.Grants;
import io.xcron.model.RunLog;
import io.xcron.model.Time;
import io.xcron.schedule.CalendarCache;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.Targets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;

/**
 * Fires the tasks of the partitions that this member owns.
 *
 * <p>The grid opens an engine for each replica that comes to this member, warm backups included; it
 * acts while {@link Grants} has a grant for it. Before {@link #start} everything is taken in and
 * nothing fires.
 */
public final class FireEngine implements PartitionEngines, AutoCloseable {
  private static final long DRAIN_LOOK_NANOS = 5_000_000;

  private final Surroundings around;
  private final List<Lane> lanes = new ArrayList<>();
  private final List<LaneThread> threads = new ArrayList<>();

  /**
   * An engine that does not run yet.
   *
   * @param maybeStartedUntilMillis for a partition, the cluster time up to which its former owner
   *     may have started runs that it did not write; asked when the partition is taken over. A
   *     first undecided fire due up to then is repeated and never collapsed. Too late an instant
   *     fires one missed instant more than the misfire policy says; {@code Long.MAX_VALUE} means
   *     the instant of taking over
   * @param calendars asked each time an instant of a task that names one is computed
   * @param runs told of every run that has ended and every instant that was let go
   * @param member the address of this member, for the records of runs
   * @param mutexes asked by tasks that name one
   */
  public FireEngine(
      TaskGrid grid,
      Targets targets,
      Grants grants,
      Time time,
      ScheduleCache schedules,
      IntToLongFunction maybeStartedUntilMillis,
      FireConfig config,
      FireEvents events,
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
            maybeStartedUntilMillis,
            config,
            events,
            new CalendarCache(calendars),
            runs,
            member,
            mutexes);
    for (int i = 0; i < config.lanes(); i++) {
      Lane lane = new Lane(around);
      lanes.add(lane);
      threads.add(new LaneThread(lane, i, time, config.longestSleep()));
    }
  }

  @Override
  public PartitionEngine open(TaskSlots slots) {
    Lane lane = lanes.get(slots.partition() % lanes.size());
    PartitionFires partition = new PartitionFires(around, lane, slots);
    lane.add(partition);
    return partition;
  }

  /** Begins to fire; once. */
  public void start() {
    threads.forEach(LaneThread::start);
  }

  /**
   * Runs in memory: under way, waiting for a retry or their turn, or with their end not written.
   * What is being written of a task's instants and runs before they go on, and what its followers
   * are being told, counts as one more run each.
   */
  public int runs() {
    return lanes.stream().mapToInt(Lane::runs).sum();
  }

  /**
   * Starts nothing any more, and waits until what has started has ended and is written. What waits
   * for a retry or its turn is left to the next owner.
   *
   * @return whether all had ended within the time; what had not is repeated by the next owner
   */
  public boolean drain(Duration atMost) {
    lanes.forEach(Lane::drain);
    return awaitRest(atMost);
  }

  /** Waits for a moment in which no run is under way; false if none came in time. */
  public boolean awaitRest(Duration atMost) {
    long deadlineNanos = around.time().nanoTime() + atMost.toNanos();
    while (lanes.stream().anyMatch(lane -> lane.underWay() > 0)) {
      if (deadlineNanos - around.time().nanoTime() <= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(DRAIN_LOOK_NANOS);
    }
    return true;
  }

  /** Stops the lanes, drained or not, and returns when they have. */
  @Override
  public void close() {
    lanes.forEach(Lane::drain);
    threads.forEach(LaneThread::close);
  }
}
