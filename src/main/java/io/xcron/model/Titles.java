package io.xcron.model;

import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What this member has read of the slice ledger, and what it asks of it. Whether it may act is not
 * said here but by {@link Grants}. Any thread may call; no call blocks. What is asked is carried
 * out with one of the next ledger changes, is dropped when the epoch is over, and may be asked
 * again at any time.
 */
public interface Titles {
  /** This start of this member: the UUID of the Hazelcast member. */
  UUID member();

  /** What the newest ledger read says of a partition; null before the first read. */
  @Nullable Title title(int partition);

  /**
   * Whether nobody here knows who owns what by now: the newest ledger read is older than a grant
   * lasts, or there was none yet.
   */
  boolean outdated();

  /**
   * The owner will never act again in this epoch (rule 4). To be called after its own wait is over,
   * with nothing under way; grants for the epoch are gone at once. Another in-sync member is then
   * named.
   */
  void release(int partition, long epoch);

  /**
   * The owner has an acknowledgement that this member's copy is whole, and requires it for every
   * write.
   */
  void add(int partition, long epoch, UUID member);

  /** The owner no longer waits for this member's copy. */
  void drop(int partition, long epoch, UUID member);

  /**
   * Called after each ledger read that changed titles, with all that this member knows. Must not
   * block.
   */
  void onRead(Consumer<Titles> listener);
}
