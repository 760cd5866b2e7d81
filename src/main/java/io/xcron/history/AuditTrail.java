package io.xcron.history;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Who changed what. Any thread may call; no call blocks. */
public interface AuditTrail {
  /** Keeps nothing. */
  AuditTrail NONE =
      new AuditTrail() {
        @Override
        public void append(long atMillis, String line) {}

        @Override
        public CompletableFuture<Page> page(@Nullable String cursor, int limit) {
          return CompletableFuture.completedFuture(new Page(List.of(), null));
        }
      };

  /**
   * Takes a line. It can be read right after; it survives a kill of the process a second later.
   *
   * @param line a JSON object
   */
  void append(long atMillis, String line);

  /**
   * The lines of all members, newest first.
   *
   * @param cursor of the line after which the page begins; null for the newest
   * @param limit 1 to 1000
   */
  CompletableFuture<Page> page(@Nullable String cursor, int limit);

  /**
   * A part of the trail.
   *
   * @param nextCursor null at its end
   * @param missing the addresses of members that did not answer in time
   */
  record Page(List<Line> lines, @Nullable String nextCursor, List<String> missing) {
    /** A part that all have given theirs to. */
    public Page(List<Line> lines, @Nullable String nextCursor) {
      this(lines, nextCursor, List.of());
    }
  }

  /** A line, and the cursor of what comes after it. */
  record Line(String cursor, String text) {}
}
