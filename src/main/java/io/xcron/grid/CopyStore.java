package io.xcron.grid;

import io.xcron.journal.DurabilityCallback;
import java.util.List;

/**
 * One partition's content on this member, in memory and in the journal: the seam that a simulation
 * replaces. Both follow what is called here and nothing else. Called on the partition's thread.
 */
interface CopyStore {
  /** Changes an entry in memory, and appends the change at its version to the journal. */
  void apply(CopyEntry entry, long epoch, long sequence);

  /** The content as it is goes on under this epoch, at sequence 0. */
  void begin(long epoch);

  /** Keeps the highest epoch seen; the content stays at its version. */
  void seen(long epoch);

  /**
   * A whole copy comes in beside the content, which stays until {@link #install}. An unfinished one
   * is discarded.
   */
  void stage(long epoch);

  /** Adds to the copy that comes in. */
  void staged(List<CopyEntry> entries, long epoch, long sequence);

  /** The copy that came in is the content from now on. */
  void install(long epoch, long sequence);

  /** The content in memory is written to the journal anew as a whole copy at this version. */
  void rewrite(long epoch, long sequence);

  /** There is no content here any more, neither in memory nor in the journal. */
  void release();

  /** Whether the journal has all that the memory has: no change was refused, no copy broken off. */
  boolean journalWhole();

  /** Whether the journal takes something now, be it but what is urgent. */
  boolean journalAccepts();

  /** Whether the journal has refused some of what the memory has, and has room for it now. */
  boolean journalLacks();

  /** All entries as of now. */
  List<CopyEntry> entries();

  /** Equal contents have equal digests; others have almost surely different ones. */
  long digest();

  /**
   * Calls back when all that was appended so far is durable, or cannot be; on any thread. While
   * nothing more can be appended, nothing is durable: who vouches for what it has is counted on for
   * what comes next.
   */
  void whenDurable(DurabilityCallback callback);
}
