package io.xcron.journal;

/** When an append counts as durable. Both survive a killed process. */
public enum SyncPolicy {
  /** After the group commit was forced to the device: survives a power cut. */
  ALWAYS,
  /**
   * After the group commit was handed to the operating system, which is forced to the device every
   * {@link JournalConfig.Commits#syncInterval()}: a power cut may lose that much, and the next open
   * then says so.
   */
  INTERVAL
}
