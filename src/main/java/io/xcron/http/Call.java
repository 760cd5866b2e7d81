package io.xcron.http;

import io.xcron.grid.GridException;
import io.xcron.model.Change;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.TaskRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the grid, no longer than the request may take, and says what its failures mean to a
 * caller.
 */
final class Call {
  /** How long an answer to a read is waited for in a stream, before it is asked for again. */
  static final long STREAM_READ_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a stream waits for answers to one question before it is broken off. */
  static final long STREAM_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How often a write that rests on a read is tried when others are faster; then 409. */
  private static final int MAX_TRIES = 5;

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final Change.Applied STALE =
      new Change.Applied.Refused(Change.Refusal.STALE_VERSION);

  private Call() {}

  /** The answer to a read: when there is none, nobody could give it, and nothing was written. */
  static <T extends @Nullable Object> T read(CompletableFuture<T> future, Exchange exchange) {
    return exchange.reads()
        ? read(future, exchange.remainingNanos())
        : readForWrite(future, exchange.remainingNanos());
  }

  /** The answer to a read that a write begins with. */
  static <T extends @Nullable Object> T readForWrite(
      CompletableFuture<T> future, long timeoutNanos) {
    try {
      return read(future, timeoutNanos);
    } catch (Problem e) {
      throw notAccepted(e);
    }
  }

  /** A write that could not be made, because nobody answered the read that it begins with. */
  static Problem notAccepted(Problem unread) {
    return unread.code() == Code.NO_OWNER
        ? Problem.of(Code.NOT_ACCEPTED, String.valueOf(unread.getMessage()))
        : unread;
  }

  static <T extends @Nullable Object> T read(CompletableFuture<T> future, long timeoutNanos) {
    try {
      return future.get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      GridException grid = gridException(e);
      throw Problem.of(Code.NO_OWNER, "nobody may answer for this task now: " + grid.getMessage());
    } catch (TimeoutException e) {
      throw Problem.of(Code.NO_OWNER, "nobody answered for this task in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.of(Code.NO_OWNER, "this member is stopping");
    }
  }

  /**
   * The answer to a read that belongs to a stream which has begun: the time of its request may be
   * over long since, so it is asked for again until the stream's patience is at its end.
   */
  static <T extends @Nullable Object> T readInStream(Supplier<CompletableFuture<T>> read) {
    long startNanos = System.nanoTime();
    while (true) {
      try {
        return read(read.get(), STREAM_READ_NANOS);
      } catch (Problem e) {
        if (System.nanoTime() - startNanos > STREAM_PATIENCE_NANOS
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** The answer to a write: when there is none in time, it may have been done. */
  static <T> T write(CompletableFuture<T> future, Exchange exchange, String taskId) {
    return write(future, exchange.remainingNanos(), taskId);
  }

  static <T> T write(CompletableFuture<T> future, long timeoutNanos, String taskId) {
    try {
      return future.get(timeoutNanos, TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      GridException grid = gridException(e);
      throw switch (grid.kind()) {
        case NOT_ACCEPTED -> Problem.of(Code.NOT_ACCEPTED, String.valueOf(grid.getMessage()));
        case UNKNOWN -> Problem.unknown(taskId, String.valueOf(grid.getMessage()));
      };
    } catch (TimeoutException e) {
      throw Problem.unknown(taskId, "the write was not confirmed in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.unknown(taskId, "this member is stopping");
    }
  }

  /** Waits until all have an answer, no longer than the request may take. */
  static void await(List<? extends CompletableFuture<?>> futures, Exchange exchange) {
    try {
      CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new))
          .get(exchange.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // Each says for itself what became of it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a future failed with, without what that was wrapped in on its way. */
  static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    for (Throwable next = cause.getCause();
        next != null
            && (cause instanceof CompletionException || cause instanceof ExecutionException);
        next = cause.getCause()) {
      cause = next;
    }
    return cause;
  }

  private static GridException gridException(ExecutionException e) {
    Throwable cause = cause(e);
    if (cause instanceof GridException grid) {
      return grid;
    }
    if (cause instanceof InvalidTaskException invalid) {
      // What was asked for is wrong, and it showed only where it was looked up.
      throw invalid;
    }
    throw new IllegalStateException("the grid failed in a way it does not promise", cause);
  }

  /** The task's record after a change that does not remove it. */
  static TaskRecord stored(Change.Applied applied, Change change, String taskId) {
    return switch (applied) {
      case Change.Applied.Stored stored -> stored.record();
      case Change.Applied.Unchanged unchanged -> {
        TaskRecord record = unchanged.record();
        if (record == null) {
          throw impossible(change);
        }
        yield record;
      }
      case Change.Applied.Refused refused -> throw refused(refused.reason(), taskId);
      case Change.Applied.Removed removed -> throw impossible(change);
    };
  }

  /** The same; null when the task has another version than the one that was read. */
  static @Nullable TaskRecord storedUnlessStale(
      Change.Applied applied, Change change, String taskId) {
    return applied.equals(STALE) ? null : stored(applied, change, taskId);
  }

  /**
   * Reads, changes what was read and writes it, on condition that nobody else has written
   * meanwhile.
   *
   * @param attempt one try; null when somebody else was faster
   */
  static TaskRecord triedAgain(Supplier<@Nullable TaskRecord> attempt) {
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      TaskRecord written = attempt.get();
      if (written != null) {
        return written;
      }
    }
    throw Problem.of(Code.CONFLICT, "others keep changing this task; try again");
  }

  static IllegalStateException impossible(Change change) {
    return new IllegalStateException(
        "the grid answered " + change.getClass().getSimpleName() + " with what it cannot come to");
  }

  static Problem refused(Change.Refusal reason, String taskId) {
    return switch (reason) {
      case NOT_FOUND -> notFound(taskId);
      case EXISTS ->
          Problem.of(Code.CONFLICT, "there is a task " + Texts.clip(taskId) + " already");
      case STALE_VERSION ->
          Problem.of(Code.STALE_VERSION, "the task has another version than the one expected");
      case TOO_MANY_RUNS ->
          Problem.of(Code.CONFLICT, "the task has as many open runs as one may have");
      case NOT_FAILED ->
          Problem.of(Code.CONFLICT, "this is not the task's last run, or it has not failed");
      case NO_PREDECESSOR -> Problem.invalid("policy.after.task", "names no task that there is");
      case CHAIN_TOO_LONG ->
          Problem.invalid(
              "policy.after.task", "leads back to this task, or through more than 16 tasks");
      case TOO_MANY_FOLLOWERS ->
          Problem.of(
              Code.CONFLICT,
              "policy.after.task: as many tasks as may be run after that task already");
      case NOT_FOLLOWING -> Problem.of(Code.CONFLICT, "the task does not run after that one");
      case IDEMPOTENCY_MISMATCH ->
          Problem.of(
              Code.IDEMPOTENCY_MISMATCH,
              "this Idempotency-Key came with another body within the last 24 hours");
    };
  }

  static Problem notFound(String taskId) {
    return Problem.of(Code.NOT_FOUND, "there is no task " + Texts.clip(taskId));
  }
}
