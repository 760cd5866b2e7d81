package io.xcron.http;

import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.history.RunHistory;
import io.xcron.model.Change;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.RunChange;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The same requests and the same rules as at the door, for callers in this process: no socket and
 * no JSON. Any thread may call; each call waits for the grid, ten seconds at most, and fails with a
 * {@link RefusedException} whose code is the one that the door would have answered.
 */
public final class TaskDesk {
  private static final long TIMEOUT_NANOS = Duration.ofSeconds(10).toNanos();

  /** So many tasks of a bulk are under way at once. */
  private static final int BULK = 1_000;

  private final HttpParts parts;
  private final TaskGrid grid;
  private final RunHistory history;
  private final Definitions definitions;

  public TaskDesk(HttpParts parts) {
    this.parts = parts;
    this.grid = parts.grid();
    this.history = parts.history().runs();
    this.definitions =
        new Definitions(
            parts.checks(),
            parts.calendars(),
            parts.registered(),
            parts.shell().enabled(),
            // The host application may do everything in its own process.
            () -> Caller.ANYBODY);
  }

  /** Creates a task; {@code conflict} if there is one with its id. */
  public TaskRecord create(Task task) {
    return asked(
        () -> {
          Change change = creation(task);
          return stored(change, grid.write(task.id(), change), task.id());
        });
  }

  /** The id that a task gets which is created with this idempotency key. */
  public static String idOf(String key) {
    return asked(() -> Idempotency.idOf(key));
  }

  /** Creates a task once for the key that its id was made of, see {@link TaskGrid#createOnce}. */
  public void createOnce(Task task) {
    long now = parts.time().nowMillis();
    var unused =
        asked(
            () ->
                TaskResource.createOnce(
                    grid,
                    task.id(),
                    task,
                    now,
                    () -> TIMEOUT_NANOS,
                    () -> definitions.first(task, now)));
  }

  /**
   * Creates many tasks, each for itself.
   *
   * @return in the order of the tasks, null for each that is stored, else why it is not
   */
  public List<@Nullable RefusedException> createAll(List<Task> tasks) {
    @Nullable RefusedException[] answers = new @Nullable RefusedException[tasks.size()];
    for (int from = 0; from < tasks.size(); from += BULK) {
      createSome(tasks, from, Math.min(tasks.size(), from + BULK), answers);
    }
    return Arrays.asList(answers);
  }

  private void createSome(
      List<Task> tasks, int from, int to, @Nullable RefusedException[] answers) {
    List<TaskGrid.Write> writes = new ArrayList<>(to - from);
    List<Integer> places = new ArrayList<>(to - from);
    for (int place = from; place < to; place++) {
      Task task = tasks.get(place);
      try {
        writes.add(new TaskGrid.Write(task.id(), asked(() -> creation(task))));
        places.add(place);
      } catch (RefusedException e) {
        answers[place] = e;
      }
    }
    long deadlineNanos = System.nanoTime() + TIMEOUT_NANOS;
    List<CompletableFuture<Change.Applied>> applied = grid.writeAll(writes);
    for (int i = 0; i < applied.size(); i++) {
      String id = writes.get(i).id();
      long left = Math.max(0, deadlineNanos - System.nanoTime());
      try {
        if (Call.write(applied.get(i), left, id) instanceof Change.Applied.Refused refused) {
          answers[places.get(i)] = refusal(Call.refused(refused.reason(), id));
        }
      } catch (Problem e) {
        answers[places.get(i)] = refusal(e);
      }
    }
  }

  private TaskChange.Create creation(Task task) {
    long now = parts.time().nowMillis();
    return new TaskChange.Create(task, now, definitions.first(task, now));
  }

  /**
   * Creates or replaces a task.
   *
   * @param expectedVersion {@link Change#ANY_VERSION} for any, and for none
   */
  public TaskRecord replace(Task task, int expectedVersion) {
    return asked(
        () -> {
          String id = task.id();
          TaskRecord current =
              Call.<@Nullable TaskRecord>readForWrite(grid.read(id, false), TIMEOUT_NANOS);
          long now = parts.time().nowMillis();
          long next =
              current == null
                  ? definitions.first(task, now)
                  : definitions.firstAgain(task, current, now);
          Change change = new TaskChange.Replace(task, now, next, expectedVersion);
          return stored(change, grid.write(id, change), id);
        });
  }

  /** The task as it is now; null when there is none. */
  public @Nullable TaskRecord find(String id) {
    return TaskDesk.<@Nullable TaskRecord>asked(
        () ->
            Task.validId(id)
                ? Call.<@Nullable TaskRecord>read(grid.read(id, false), TIMEOUT_NANOS)
                : null);
  }

  private TaskRecord existing(String id) {
    TaskRecord record = find(id);
    if (record == null) {
      throw refusal(Call.notFound(id));
    }
    return record;
  }

  /** Removes a task; what has started may still arrive, and code of the host is interrupted. */
  public void delete(String id) {
    var unused = changed(id, new TaskChange.Remove(Change.ANY_VERSION));
  }

  public TaskRecord pause(String id) {
    return changed(id, new TaskChange.Pause());
  }

  public TaskRecord resume(String id) {
    long deadlineNanos = System.nanoTime() + TIMEOUT_NANOS;
    return asked(
        () ->
            TaskResource.resumed(
                grid,
                definitions,
                id,
                this::nowMillis,
                () -> Math.max(0, deadlineNanos - System.nanoTime())));
  }

  /** Runs a task now, and answers the number of the run. */
  public long run(String id, @Nullable String arg) {
    if (arg != null
        && arg.getBytes(java.nio.charset.StandardCharsets.UTF_8).length
            > TaskResource.MAX_ARG_BYTES) {
      throw refusal(
          Problem.invalid("arg", "must have at most " + TaskResource.MAX_ARG_BYTES + " bytes"));
    }
    return changed(id, new RunChange.Run(arg)).decidedNumber();
  }

  /** Ends by force what runs of a task; does not wait for it. */
  public TaskRecord kill(String id) {
    return changed(id, new RunChange.Kill());
  }

  private TaskRecord changed(String id, Change change) {
    if (!Task.validId(id)) {
      throw refusal(Call.notFound(id));
    }
    return asked(() -> stored(change, grid.write(id, change), id));
  }

  private static TaskRecord stored(
      Change change, CompletableFuture<Change.Applied> future, String id) {
    Change.Applied applied = Call.write(future, TIMEOUT_NANOS, id);
    return applied instanceof Change.Applied.Removed removed
        ? removed.last()
        : Call.stored(applied, change, id);
  }

  /**
   * A page of the list.
   *
   * @param cursor what {@link #cursorAfter} gave; null for the first page
   */
  public TaskPage list(TaskFilter filter, @Nullable String cursor, int limit) {
    if (limit < 1 || limit > 1_000) {
      throw refusal(Problem.invalid("limit", "must lie between 1 and 1000"));
    }
    return asked(
        () -> {
          TaskCursor after = cursor == null ? null : Filters.cursor(cursor);
          return Call.read(grid.list(filter, after, limit, false), TIMEOUT_NANOS);
        });
  }

  /** Where the next page begins; null after the last. */
  public static @Nullable String cursorAfter(TaskPage page) {
    TaskCursor next = page.next();
    return next == null ? null : Filters.textOf(next);
  }

  /** The next instants of a task's schedule from one on, in epoch milliseconds. */
  public List<Long> next(String id, long fromMillis, int count) {
    if (count < 1 || count > 1_000) {
      throw refusal(Problem.invalid("count", "must lie between 1 and 1000"));
    }
    TaskRecord record = existing(id);
    return asked(
        () -> {
          Timeline timeline = definitions.timeline(record.task(id), record.createdMillis());
          List<Long> instants = new ArrayList<>(count);
          long at = timeline.first(fromMillis);
          while (at != Timeline.NONE && instants.size() < count) {
            if (at >= fromMillis) {
              instants.add(at);
            }
            at = timeline.countsFromEnd() ? timeline.nextAfterRun(at) : timeline.next(at);
          }
          return instants;
        });
  }

  /** The latest runs of a task that have ended, newest first. */
  public List<RunRecord> runs(String id, int limit) {
    if (limit < 1 || limit > 1_000) {
      throw refusal(Problem.invalid("limit", "must lie between 1 and 1000"));
    }
    return asked(
        () -> {
          RunHistory.Page page = Call.read(history.runs(id, null, limit), TIMEOUT_NANOS);
          if (!page.missing().isEmpty()) {
            throw Problem.of(
                Code.NO_OWNER,
                "these members did not answer: " + String.join(", ", page.missing()));
          }
          return page.runs();
        });
  }

  public long nowMillis() {
    return parts.time().nowMillis();
  }

  private static <T extends @Nullable Object> T asked(Supplier<T> question) {
    try {
      return question.get();
    } catch (Problem e) {
      throw refusal(e);
    } catch (InvalidTaskException e) {
      throw refusal(Problem.invalid(e));
    } catch (TargetDeniedException e) {
      throw new RefusedException(Code.TARGET_DENIED.text(), String.valueOf(e.getMessage()), null);
    }
  }

  private static RefusedException refusal(Problem e) {
    return new RefusedException(e.code().text(), String.valueOf(e.getMessage()), e.field());
  }
}
