package io.xcron.journal;

/** What the journal can take now. */
public enum JournalState {
  /** Everything is accepted. */
  OPEN,
  /** Disk space is low: the caller should refuse what is new; completions are still accepted. */
  LOW,
  /** The disk is full and the reserve used up: every append is refused; tries again by itself. */
  CLOSED_FULL,
  /** A write or fsync failed: every append is refused; tries again by itself. */
  CLOSED_FAILED,
  /**
   * A write or fsync has not returned for long: whoever asks should refuse, and let others act.
   * What was appended is kept until the disk answers.
   */
  STALLED,
  /** {@link Journal#close()} was called; final. */
  SHUT;

  /** Whether appends are accepted. */
  public boolean accepts() {
    return this == OPEN || this == LOW;
  }
}
