package io.xcron;

import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskPage;
import io.xcron.http.RefusedException;
import io.xcron.http.TaskDesk;
import io.xcron.model.Change;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The tasks of a member in this process. */
final class DeskTasks implements XcronTasks {
  private final TaskDesk desk;

  DeskTasks(TaskDesk desk) {
    this.desk = desk;
  }

  @Override
  public TaskInfo create(Task task) {
    return TaskInfo.of(task.id(), asked(() -> desk.create(task)));
  }

  @Override
  public String createOnce(String key, TaskBuilder task) {
    return asked(
        () -> {
          String id = TaskDesk.idOf(key);
          desk.createOnce(task.build(id));
          return id;
        });
  }

  @Override
  public Map<String, XcronException> createAll(List<Task> tasks) {
    List<@Nullable RefusedException> answers = asked(() -> desk.createAll(tasks));
    Map<String, XcronException> failures = new LinkedHashMap<>();
    for (int i = 0; i < answers.size(); i++) {
      RefusedException refused = answers.get(i);
      if (refused != null) {
        failures.put(tasks.get(i).id(), translated(refused));
      }
    }
    return failures;
  }

  @Override
  public TaskInfo replace(Task task) {
    return replace(task, Change.ANY_VERSION);
  }

  @Override
  public TaskInfo replace(Task task, int expectedVersion) {
    return TaskInfo.of(task.id(), asked(() -> desk.replace(task, expectedVersion)));
  }

  @Override
  public Optional<TaskInfo> find(String id) {
    TaskRecord record = DeskTasks.<@Nullable TaskRecord>asked(() -> desk.find(id));
    return record == null ? Optional.empty() : Optional.of(TaskInfo.of(id, record));
  }

  @Override
  public boolean delete(String id) {
    try {
      asked(
          () -> {
            desk.delete(id);
            return true;
          });
      return true;
    } catch (XcronException e) {
      if (e.reason() == XcronException.Reason.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public TaskInfo pause(String id) {
    return TaskInfo.of(id, asked(() -> desk.pause(id)));
  }

  @Override
  public TaskInfo resume(String id) {
    return TaskInfo.of(id, asked(() -> desk.resume(id)));
  }

  @Override
  public long run(String id, @Nullable String arg) {
    return asked(() -> desk.run(id, arg));
  }

  @Override
  public TaskInfo kill(String id) {
    return TaskInfo.of(id, asked(() -> desk.kill(id)));
  }

  @Override
  public TaskList list(TaskQuery query) {
    TaskFilter filter =
        new TaskFilter(query.namespace(), query.labels(), query.state(), query.prefix());
    TaskPage page = asked(() -> desk.list(filter, query.cursor(), query.limit()));
    return new TaskList(
        page.entries().stream().map(entry -> TaskInfo.of(entry.id(), entry.record())).toList(),
        TaskDesk.cursorAfter(page),
        page.incomplete());
  }

  @Override
  public List<Instant> next(String id, int count) {
    return asked(() -> desk.next(id, desk.nowMillis(), count)).stream()
        .map(Instant::ofEpochMilli)
        .toList();
  }

  @Override
  public List<RunRecord> runs(String id, int limit) {
    return asked(() -> desk.runs(id, limit));
  }

  private static <T extends @Nullable Object> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (RefusedException e) {
      throw translated(e);
    }
  }

  private static XcronException translated(RefusedException e) {
    return XcronException.ofCode(e.code(), String.valueOf(e.getMessage()), e.field(), e);
  }
}
