package io.xcron;

import io.xcron.model.LastRun;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.model.TaskState;
import io.xcron.schedule.Timeline;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A task as it was when it was read.
 *
 * @param task its definition
 * @param state whether it will run
 * @param runCount how many runs have reached their target
 * @param nextDue when it fires next, jitter included; null for never, and while it is paused or
 *     disabled or waits for the end of another task
 * @param version grows with each change of the definition, for {@link XcronTasks#replace}
 * @param created when it was created
 * @param lastRun the latest run that has ended; null before the first
 */
public record TaskInfo(
    Task task,
    TaskState state,
    long runCount,
    @Nullable Instant nextDue,
    int version,
    Instant created,
    @Nullable LastRun lastRun) {

  /** The id of the task. */
  public String id() {
    return task.id();
  }

  static TaskInfo of(String id, TaskRecord record) {
    long due = Timeline.nextDueMillis(id, record);
    return new TaskInfo(
        record.task(id),
        record.state(),
        record.delivered(),
        due == Timeline.NONE ? null : Instant.ofEpochMilli(due),
        record.version(),
        Instant.ofEpochMilli(record.createdMillis()),
        record.progress().lastRun());
  }
}
