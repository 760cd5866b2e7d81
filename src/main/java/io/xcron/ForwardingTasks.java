package io.xcron;

import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks others for the tasks, so that who has more to do than that need not repeat each call. */
abstract class ForwardingTasks implements XcronTasks {
  /** Who knows. Asked at each call. */
  abstract XcronTasks tasks();

  @Override
  public TaskInfo create(Task task) {
    return tasks().create(task);
  }

  @Override
  public String createOnce(String key, TaskBuilder task) {
    return tasks().createOnce(key, task);
  }

  @Override
  public Map<String, XcronException> createAll(List<Task> all) {
    return tasks().createAll(all);
  }

  @Override
  public TaskInfo replace(Task task) {
    return tasks().replace(task);
  }

  @Override
  public TaskInfo replace(Task task, int expectedVersion) {
    return tasks().replace(task, expectedVersion);
  }

  @Override
  public Optional<TaskInfo> find(String id) {
    return tasks().find(id);
  }

  @Override
  public boolean delete(String id) {
    return tasks().delete(id);
  }

  @Override
  public TaskInfo pause(String id) {
    return tasks().pause(id);
  }

  @Override
  public TaskInfo resume(String id) {
    return tasks().resume(id);
  }

  @Override
  public long run(String id, @Nullable String arg) {
    return tasks().run(id, arg);
  }

  @Override
  public TaskInfo kill(String id) {
    return tasks().kill(id);
  }

  @Override
  public TaskList list(TaskQuery query) {
    return tasks().list(query);
  }

  @Override
  public List<Instant> next(String id, int count) {
    return tasks().next(id, count);
  }

  @Override
  public List<RunRecord> runs(String id, int limit) {
    return tasks().runs(id, limit);
  }
}
