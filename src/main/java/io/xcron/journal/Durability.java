package io.xcron.journal;

/** The outcome of an append. */
public enum Durability {
  /** Everything up to the position survives what {@link SyncPolicy} says. */
  DURABLE,
  /** Nothing was written, and nothing will be. */
  REFUSED,
  /** The journal failed or closed with this append on its way: it may be on disk, now or later. */
  UNKNOWN
}
