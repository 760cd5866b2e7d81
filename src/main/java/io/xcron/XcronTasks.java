package io.xcron;

import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of xcron: the same within a member ({@link Xcron}), over HTTP ({@link
 * XcronClient}) and in a test ({@link XcronTestKit}).
 *
 * <p>Any thread may call. Each call blocks until its answer is there, ten seconds at most within a
 * member; a write that has returned is durable on every copy that must have it. All calls fail with
 * an {@link XcronException} whose reason says what may be concluded; a thread that is interrupted
 * gets {@code UNKNOWN} for a write and {@code NOT_ACCEPTED} for a read, and stays interrupted.
 */
public interface XcronTasks {
  /**
   * Creates a task. A handler need not be known here: another version of the host may have it.
   *
   * @throws XcronException {@code CONFLICT} if there is a task with this id, {@code INVALID} if the
   *     definition is wrong or would never fire
   */
  TaskInfo create(Task task);

  /** Builds a task and creates it. */
  default TaskInfo create(TaskBuilder task) {
    return create(task.build());
  }

  /**
   * Creates a task once for a key: for 24 hours a second call with the same key and definition does
   * nothing, though the task may have run or gone since.
   *
   * @param key 1 to 255 printable ASCII characters, for example the id of an order
   * @param task its id is not used
   * @return the id of the task, which is made of the key
   * @throws XcronException {@code IDEMPOTENCY_MISMATCH} if the key came with another definition
   */
  String createOnce(String key, TaskBuilder task);

  /**
   * Creates many tasks, each for itself; much faster than one after the other within a member.
   *
   * @return the failures by the id of their task; empty when all are stored
   */
  Map<String, XcronException> createAll(List<Task> tasks);

  /** Creates a task, or replaces its definition, whatever its version. May be repeated. */
  TaskInfo replace(Task task);

  /**
   * Replaces the definition of a task if it has this version still.
   *
   * @throws XcronException {@code STALE_VERSION} if not, or if there is none
   */
  TaskInfo replace(Task task, int expectedVersion);

  /** The task of this id, or nothing. */
  Optional<TaskInfo> find(String id);

  /**
   * Removes a task with its runs that wait; a handler that runs for it is interrupted.
   *
   * @return whether there was one
   */
  boolean delete(String id);

  /** Lets a task fire no more until it is resumed. What runs goes on. */
  TaskInfo pause(String id);

  /** Lets a paused task fire again, from now on; what was due meanwhile is not made up for. */
  TaskInfo resume(String id);

  /**
   * Runs a task now, whatever its schedule says, and does not wait for the end.
   *
   * @param arg for the target; null for nothing, 4 KB at most
   * @return the number of the run
   */
  long run(String id, @Nullable String arg);

  /** Ends by force what runs of a task; does not wait for it. */
  TaskInfo kill(String id);

  /** A page of the tasks. */
  TaskList list(TaskQuery query);

  /** The next instants of a task from now on, 1,000 at most. */
  List<Instant> next(String id, int count);

  /** The latest runs of a task that have ended, newest first, 1,000 at most. */
  List<RunRecord> runs(String id, int limit);
}
