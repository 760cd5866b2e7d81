package io.xcron.http;

import io.xcron.grid.GridException;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The tasks as the caller of the current request may see them: those of other namespaces are not
 * there. What is changed one by one is written to the audit log; of {@link #writeAll} its callers
 * write one line themselves. To be called on the request's thread.
 *
 * <p>A task's namespace is looked at right before the write. Whoever may write both namespaces can
 * move a task from one to the other in between; the write then still happens.
 */
final class GuardedGrid implements TaskGrid {
  /** How many pages of the grid are looked through for one of a caller of several namespaces. */
  private static final int PAGES = 100;

  private final TaskGrid grid;
  private final Audit audit;

  GuardedGrid(TaskGrid grid, Audit audit) {
    this.grid = grid;
    this.audit = audit;
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    Exchange exchange = Current.exchange();
    Audit.Request by = Audit.Request.of(exchange);
    Caller caller = exchange.caller();
    CompletableFuture<Change.Applied> applied =
        caller.everywhere()
            ? grid.write(id, change)
            : grid.read(id, false)
                .thenCombine(
                    hidesPredecessor(caller, change),
                    (record, foreign) -> refusal(hides(caller, id, record), foreign, change))
                .thenCompose(
                    refused ->
                        refused == null
                            ? grid.write(id, change)
                            : CompletableFuture.<Change.Applied>completedFuture(refused));
    return applied.whenComplete(
        (done, failure) -> {
          if (failure == null) {
            audit.task(by, id, change, done);
          } else {
            audit.failed(by, id, change, failure);
          }
        });
  }

  /** An id is one of the whole cluster, so one that another namespace has cannot be given again. */
  private static Change.Applied taken(Change change) {
    boolean gives = change instanceof TaskChange.Create || change instanceof TaskChange.Replace;
    return new Change.Applied.Refused(gives ? Change.Refusal.EXISTS : Change.Refusal.NOT_FOUND);
  }

  private static Change.@Nullable Applied refusal(
      boolean hidden, boolean predecessorHidden, Change change) {
    if (hidden) {
      return taken(change);
    }
    return predecessorHidden ? new Change.Applied.Refused(Change.Refusal.NO_PREDECESSOR) : null;
  }

  /** Whether a definition wants to follow a task that is not there for the caller. */
  private CompletableFuture<Boolean> hidesPredecessor(Caller caller, Change change) {
    Task task =
        switch (change) {
          case TaskChange.Create create -> create.task();
          case TaskChange.Replace replace -> replace.task();
          default -> null;
        };
    Policy.After after = task == null ? null : task.policy().after();
    return after == null
        ? CompletableFuture.completedFuture(false)
        : grid.read(after.task(), false).thenApply(record -> hides(caller, after.task(), record));
  }

  private static boolean hides(Caller caller, String id, @Nullable TaskRecord record) {
    return record != null && !caller.sees(record.task(id).namespace());
  }

  @Override
  public CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    if (change == null) {
      return grid.createOnce(id, key, null, digest);
    }
    Audit.Request by = Audit.Request.of(Current.exchange());
    Caller caller = Current.caller();
    CompletableFuture<Creation> creation =
        caller.everywhere()
            ? grid.createOnce(id, key, change, digest)
            : hidesPredecessor(caller, change)
                .thenCompose(
                    foreign ->
                        foreign
                            ? CompletableFuture.completedFuture(
                                new Creation.Refused(Change.Refusal.NO_PREDECESSOR))
                            : grid.createOnce(id, key, change, digest));
    return creation.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            audit.failed(by, id, change, failure);
          } else if (done instanceof Creation.Created created
              && created.createdMillis() == change.createdMillis()) {
            // A repeat is answered as the first call was, and has changed nothing.
            audit.created(by, id, change);
          }
        });
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    Caller caller = Current.caller();
    if (caller.everywhere()) {
      return grid.writeAll(writes);
    }
    List<CompletableFuture<Change.@Nullable Applied>> reads = new ArrayList<>(writes.size());
    for (Write write : writes) {
      reads.add(
          grid.read(write.id(), false)
              .thenCombine(
                  hidesPredecessor(caller, write.change()),
                  (record, foreign) ->
                      refusal(hides(caller, write.id(), record), foreign, write.change())));
    }
    CompletableFuture<List<CompletableFuture<Change.Applied>>> written =
        CompletableFuture.allOf(reads.toArray(CompletableFuture<?>[]::new))
            .handle((done, failure) -> writeSeen(writes, reads));
    List<CompletableFuture<Change.Applied>> answers = new ArrayList<>(writes.size());
    for (int i = 0; i < writes.size(); i++) {
      int place = i;
      answers.add(written.thenCompose(all -> all.get(place)));
    }
    return answers;
  }

  /** Writes, of all that was asked for, what the caller may know of; the reads have ended. */
  private List<CompletableFuture<Change.Applied>> writeSeen(
      List<Write> asked, List<CompletableFuture<Change.@Nullable Applied>> reads) {
    List<Write> seen = new ArrayList<>(asked.size());
    List<@Nullable CompletableFuture<Change.Applied>> unwritten = new ArrayList<>(asked.size());
    for (int i = 0; i < asked.size(); i++) {
      CompletableFuture<Change.@Nullable Applied> read = reads.get(i);
      Change.Applied refused = read.isCompletedExceptionally() ? null : read.join();
      if (read.isCompletedExceptionally()) {
        unwritten.add(CompletableFuture.failedFuture(notLookedAt(read.exceptionNow())));
      } else if (refused != null) {
        unwritten.add(CompletableFuture.completedFuture(refused));
      } else {
        unwritten.add(null);
        seen.add(asked.get(i));
      }
    }
    Iterator<CompletableFuture<Change.Applied>> written = grid.writeAll(seen).iterator();
    List<CompletableFuture<Change.Applied>> answers = new ArrayList<>(asked.size());
    for (CompletableFuture<Change.Applied> one : unwritten) {
      answers.add(one == null ? written.next() : one);
    }
    return answers;
  }

  private static GridException notLookedAt(Throwable failure) {
    return new GridException(
        GridException.Kind.NOT_ACCEPTED,
        "the task could not be read before: " + Call.cause(failure).getMessage());
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    Caller caller = Current.caller();
    CompletableFuture<@Nullable TaskRecord> found = grid.read(id, stale);
    return caller.everywhere()
        ? found
        : found.<@Nullable TaskRecord>thenApply(
            record -> hides(caller, id, record) ? null : record);
  }

  @Override
  public CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    Caller caller = Current.caller();
    String asked = filter.namespace();
    if (caller.everywhere() || (asked != null && caller.sees(asked))) {
      return grid.list(filter, after, limit, stale);
    }
    if (asked != null) {
      return CompletableFuture.completedFuture(new TaskPage(List.of(), null, false));
    }
    if (caller.namespaces().size() == 1) {
      String only = caller.namespaces().iterator().next();
      return grid.list(
          new TaskFilter(only, filter.labels(), filter.state(), filter.prefix()),
          after,
          limit,
          stale);
    }
    return seen(caller, filter, new TaskPage(List.of(), after, false), limit, stale, PAGES);
  }

  /** Goes on until the page is full, the tasks are at their end, or enough was looked through. */
  private CompletableFuture<TaskPage> seen(
      Caller caller, TaskFilter filter, TaskPage sofar, int limit, boolean stale, int pages) {
    return grid.list(filter, sofar.next(), limit - sofar.entries().size(), stale)
        .thenCompose(
            page -> {
              List<TaskPage.Entry> entries = new ArrayList<>(sofar.entries());
              for (TaskPage.Entry entry : page.entries()) {
                if (!hides(caller, entry.id(), entry.record())) {
                  entries.add(entry);
                }
              }
              TaskPage more =
                  new TaskPage(entries, page.next(), sofar.incomplete() || page.incomplete());
              boolean enough = more.next() == null || entries.size() >= limit || pages == 1;
              return enough
                  ? CompletableFuture.completedFuture(more)
                  : seen(caller, filter, more, limit, stale, pages - 1);
            });
  }

  @Override
  public int partitionCount() {
    return grid.partitionCount();
  }
}
