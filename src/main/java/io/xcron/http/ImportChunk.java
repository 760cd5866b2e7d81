package io.xcron.http;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Some lines of an import that are written together, and what is known of each. */
final class ImportChunk {
  private static final int MAX_LINES = 1_000;
  private static final int MAX_BYTES = 1 << 20;

  /**
   * How long a chunk may take; then its lines are answered as unknown, and nothing more is tried.
   */
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  /**
   * A grid refuses that is overloaded, has just started, or has lost a member; the chunk is offered
   * again after pauses that double from 25 ms, 13 s in all: longer than a member that hangs is
   * waited for.
   */
  private static final int MAX_TRIES = 10;

  private static final long FIRST_PAUSE_NANOS = 25_000_000;

  private final long nowMillis;
  private final long[] numbers = new long[MAX_LINES];
  private final List<TaskGrid.Write> writes = new ArrayList<>(MAX_LINES);
  private final @Nullable Problem[] problems = new @Nullable Problem[MAX_LINES];
  private int lines;
  private int bytes;
  private boolean refused;
  private volatile long tookNanos;
  private @Nullable TaskGrid grid;
  private @Nullable CompletableFuture<List<Change.Applied>> future;

  ImportChunk(long nowMillis) {
    this.nowMillis = nowMillis;
  }

  long nowMillis() {
    return nowMillis;
  }

  void add(long number, int length, String id, Change change) {
    numbers[lines++] = number;
    bytes += length;
    writes.add(new TaskGrid.Write(id, change));
  }

  void add(long number, Problem problem) {
    problems[lines] = problem;
    numbers[lines++] = number;
  }

  boolean isFull() {
    return lines == MAX_LINES || bytes >= MAX_BYTES;
  }

  /** Begins to write. */
  ImportChunk sent(TaskGrid target) {
    grid = target;
    if (!writes.isEmpty()) {
      long sentNanos = System.nanoTime();
      future =
          target
              .writeAll(writes)
              .whenComplete((applied, failure) -> tookNanos = System.nanoTime() - sentNanos);
    }
    return this;
  }

  /** How long the grid took to answer, the first time; once {@link #answer} has returned. */
  long tookNanos() {
    return tookNanos;
  }

  /** Is not to be written, because an earlier chunk was not. */
  ImportChunk refused() {
    refused = true;
    return this;
  }

  /**
   * Waits for the writes and says what became of each line; true when the grid took none of them,
   * so that no other chunk need wait for it as long.
   */
  boolean answer(ImportAnswers answers) throws IOException {
    List<Change.Applied> applied = List.of();
    Problem failure = null;
    if (refused) {
      failure = Problem.of(Code.NOT_ACCEPTED, "not tried, because an earlier line was not taken");
    } else {
      try {
        applied = written();
      } catch (Problem e) {
        failure = e;
      }
    }
    int next = 0;
    for (int i = 0; i < lines; i++) {
      Problem problem = problems[i];
      if (problem != null) {
        answers.failed(numbers[i], problem);
        continue;
      }
      TaskGrid.Write write = writes.get(next);
      if (failure != null) {
        answers.failed(numbers[i], failure);
      } else {
        answer(answers, numbers[i], write, applied.get(next));
      }
      next++;
    }
    return failure != null;
  }

  private static void answer(
      ImportAnswers answers, long number, TaskGrid.Write write, Change.Applied applied)
      throws IOException {
    switch (applied) {
      case Change.Applied.Stored stored -> answers.stored(number, write.id());
      case Change.Applied.Refused refused -> {
        if (refused.reason() == Change.Refusal.EXISTS) {
          // The id was drawn for this line, so what exists came from an earlier try of this chunk.
          answers.stored(number, write.id());
        } else {
          answers.failed(number, Call.refused(refused.reason(), write.id()));
        }
      }
      case Change.Applied.Removed removed -> throw Call.impossible(write.change());
      case Change.Applied.Unchanged unchanged -> throw Call.impossible(write.change());
    }
  }

  private List<Change.Applied> written() {
    CompletableFuture<List<Change.Applied>> current = future;
    TaskGrid target = grid;
    if (current == null || target == null) {
      return List.of();
    }
    long pause = FIRST_PAUSE_NANOS;
    for (int tries = 1; ; tries++) {
      try {
        return Call.write(current, TIMEOUT_NANOS, writes.getFirst().id());
      } catch (Problem e) {
        if (e.code() != Code.NOT_ACCEPTED || tries == MAX_TRIES) {
          throw e;
        }
      }
      LockSupport.parkNanos(pause);
      pause *= 2;
      current = target.writeAll(writes);
    }
  }
}
