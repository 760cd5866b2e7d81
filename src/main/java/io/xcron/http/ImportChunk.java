package io.xcron.http;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Some lines of an import that are written together, and what is known of each. */
final class ImportChunk {
  private static final int MAX_LINES = 1_000;
  private static final int MAX_BYTES = 1 << 20;

  /** How long a write may take; then its line is answered as unknown. */
  private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private interface Line {
    void answer(ImportAnswers answers) throws IOException;
  }

  /** One that holds no task. */
  private record BadLine(long number, Problem problem) implements Line {
    @Override
    public void answer(ImportAnswers answers) throws IOException {
      answers.failed(number, problem);
    }
  }

  /** One that is written; in the end it is applied or has a problem. */
  private static final class TaskLine implements Line {
    private final long number;
    private final TaskGrid.Write write;
    private Change.@Nullable Applied applied;
    private Problem problem =
        Problem.of(
            Code.NOT_ACCEPTED, "not tried, because the grid took none of the lines before it");

    private TaskLine(long number, TaskGrid.Write write) {
      this.number = number;
      this.write = write;
    }

    @Override
    public void answer(ImportAnswers answers) throws IOException {
      switch (applied) {
        case null -> answers.failed(number, problem);
        case Change.Applied.Stored stored -> answers.stored(number, write.id());
        case Change.Applied.Refused refused ->
            answers.failed(number, Call.refused(refused.reason(), write.id()));
        case Change.Applied.Unchanged unchanged -> answers.stored(number, write.id());
        case Change.Applied.Removed removed -> throw Call.impossible(write.change());
      }
    }
  }

  private record Sent(
      List<TaskLine> lines,
      List<CompletableFuture<Change.Applied>> answers,
      CompletableFuture<Long> tookNanos) {}

  private final long nowMillis;
  private final List<Line> lines = new ArrayList<>(MAX_LINES);
  private int tasks;
  private int bytes;

  /** What is surely not stored. */
  private List<TaskLine> refused = new ArrayList<>(MAX_LINES);

  private @Nullable Sent sent;

  ImportChunk(long nowMillis) {
    this.nowMillis = nowMillis;
  }

  long nowMillis() {
    return nowMillis;
  }

  void add(long number, int length, String id, Change change) {
    TaskLine line = new TaskLine(number, new TaskGrid.Write(id, change));
    lines.add(line);
    refused.add(line);
    tasks++;
    bytes += length;
  }

  void add(long number, Problem problem) {
    lines.add(new BadLine(number, problem));
  }

  boolean isFull() {
    return lines.size() == MAX_LINES || bytes >= MAX_BYTES;
  }

  /** Begins to write what was not yet taken. */
  void send(TaskGrid grid) {
    List<TaskLine> tried = refused;
    refused = new ArrayList<>();
    List<TaskGrid.Write> writes = new ArrayList<>(tried.size());
    for (TaskLine line : tried) {
      writes.add(line.write);
    }
    long sentNanos = System.nanoTime();
    List<CompletableFuture<Change.Applied>> answers = grid.writeAll(writes);
    sent =
        new Sent(
            tried,
            answers,
            CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
                .handle((done, failure) -> System.nanoTime() - sentNanos));
  }

  /** Waits for what was sent; returns how many nanoseconds the grid took to answer. */
  long receive() {
    Sent awaited = sent;
    if (awaited == null) {
      return 0;
    }
    sent = null;
    long took = await(awaited.tookNanos());
    for (int i = 0; i < awaited.lines().size(); i++) {
      TaskLine line = awaited.lines().get(i);
      try {
        line.applied = Call.write(awaited.answers().get(i), 0, line.write.id());
      } catch (Problem e) {
        line.problem = e;
        if (e.code() == Code.NOT_ACCEPTED) {
          refused.add(line);
        }
      }
    }
    return took;
  }

  private static long await(CompletableFuture<Long> tookNanos) {
    try {
      return tookNanos.get(TIMEOUT_NANOS, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return TIMEOUT_NANOS;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return TIMEOUT_NANOS;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a time does not fail", e);
    }
  }

  /** Whether the grid refused some of the lines; they may be sent again. */
  boolean isRefused() {
    return !refused.isEmpty();
  }

  /** Whether the grid took no line of it. */
  boolean isRefusedWhole() {
    return isRefused() && refused.size() == tasks;
  }

  /** Says what became of each line. */
  void answer(ImportAnswers answers) throws IOException {
    for (Line line : lines) {
      line.answer(answers);
    }
  }
}
