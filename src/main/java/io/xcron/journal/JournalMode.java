package io.xcron.journal;

/** Whether the store belongs to a member that runs alone or to one of a Raft cluster. */
public enum JournalMode {
  SINGLE,
  RAFT
}
