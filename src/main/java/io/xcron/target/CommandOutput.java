package io.xcron.target;

/** The output of a command while it runs. Any thread may read, and several at once. */
public interface CommandOutput {
  /**
   * A piece of output.
   *
   * @param text whole characters; empty when there is nothing new
   * @param skipped bytes before {@code text} that are not kept any more
   * @param next where to read on
   * @param ended nothing will follow {@code text}
   */
  record Chunk(String text, long skipped, long next, boolean ended) {}

  /** All that is kept from this byte on; 0 for the beginning. */
  Chunk read(long from);
}
