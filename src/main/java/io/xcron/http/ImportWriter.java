package io.xcron.http;

import io.xcron.grid.TaskGrid;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes the chunks of one import, several at once, and answers their lines in order.
 *
 * <p>A grid that has just started, is overloaded or has lost a member refuses for some seconds.
 * What it refused is offered again, until the import has waited for its patience in all; from then
 * on each line is offered once, and when nothing of a chunk is taken the rest is not tried.
 */
final class ImportWriter {
  static final int MAX_PENDING = 4;

  /** A tenth of a grant's life: several imports at once come near the whole of it. */
  private static final long QUICK_NANOS = TimeUnit.MILLISECONDS.toNanos(90);

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final TaskGrid grid;
  private final ImportAnswers answers;
  private final ArrayDeque<ImportChunk> pending = new ArrayDeque<>();
  private int window = 1;
  private long patienceNanos;
  private boolean givenUp;

  ImportWriter(TaskGrid grid, ImportAnswers answers, long patienceNanos) {
    this.grid = grid;
    this.answers = answers;
    this.patienceNanos = patienceNanos;
  }

  /** Begins to write a chunk; waits before that while as many are under way as may be. */
  void add(ImportChunk chunk) throws IOException {
    while (pending.size() >= window) {
      settleOldest();
    }
    if (!givenUp) {
      chunk.send(grid);
    }
    pending.add(chunk);
  }

  /** Waits for all that is under way. */
  void end() throws IOException {
    while (!pending.isEmpty()) {
      settleOldest();
    }
  }

  private void settleOldest() throws IOException {
    ImportChunk chunk = pending.remove();
    window = windowAfter(window, chunk.receive());
    long pause = FIRST_PAUSE_NANOS;
    while (chunk.isRefused() && patienceNanos > 0 && !givenUp) {
      long fromNanos = System.nanoTime();
      LockSupport.parkNanos(Math.min(pause, patienceNanos));
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
      chunk.send(grid);
      var unused = chunk.receive();
      patienceNanos -= System.nanoTime() - fromNanos;
    }
    givenUp |= chunk.isRefusedWhole();
    chunk.answer(answers);
  }

  /** How many chunks may be under way after one took so long to be written. */
  static int windowAfter(int window, long tookNanos) {
    return tookNanos <= QUICK_NANOS ? Math.min(MAX_PENDING, window + 1) : Math.max(1, window / 2);
  }
}
