package io.xcron.journal;

/**
 * What the grid appends to and awaits: the seam that a simulator replaces. All methods may be
 * called from any thread; the frames of one partition are kept in the order of the calls.
 *
 * <p>An append never waits for the disk: it copies its bytes into a bounded queue. If that queue is
 * full it waits for room up to {@link JournalConfig.Commits#appendWait()} and is then refused. It
 * returns a position, or {@link #REFUSED} when the journal is closed, failed or full to its bound;
 * either is good for {@link #whenDurable}.
 *
 * <p><b>A refused change leaves a hole.</b> Once a put or remove of a partition was refused, its
 * copy here is {@linkplain #behind behind}: further puts and removes of it are refused too, so that
 * no later version claims to be whole, until {@link #copyBegin} starts a new copy or {@link #drop}
 * releases it. What was kept before the hole stays readable after a restart, at its older version.
 */
public interface AppendLog {

  /** Returned in place of a position when nothing was appended. */
  long REFUSED = -1;

  /**
   * Appends an entry. The bytes are copied before the call returns. The last appended entry of a
   * key wins, whatever its version.
   *
   * @param map a small number (0 to 255) that tells the caller's maps apart
   * @throws IllegalStateException if the partition is absent here and no copy of it has begun
   * @throws IllegalArgumentException if the entry is larger than {@link
   *     JournalConfig#MAX_ENTRY_BYTES}
   */
  long put(
      int partition,
      int map,
      long epoch,
      long sequence,
      byte[] key,
      int keyOffset,
      int keyLength,
      byte[] value,
      int valueOffset,
      int valueLength);

  /** Appends an entry given as whole arrays. */
  default long put(int partition, int map, long epoch, long sequence, byte[] key, byte[] value) {
    return put(partition, map, epoch, sequence, key, 0, key.length, value, 0, value.length);
  }

  /** Appends a removal; no tombstone stays behind. Contract as {@link #put}. */
  long remove(
      int partition, int map, long epoch, long sequence, byte[] key, int keyOffset, int keyLength);

  /** Appends a removal of a key given as a whole array. */
  default long remove(int partition, int map, long epoch, long sequence, byte[] key) {
    return remove(partition, map, epoch, sequence, key, 0, key.length);
  }

  /**
   * From here on puts and removes of the partition build a new, empty copy beside the old content.
   * A copy that was already being built is discarded. A restart before {@link #copyEnd} discards
   * the copy and brings the old content back.
   */
  long copyBegin(int partition, long epoch);

  /**
   * The copy becomes the partition's content, whole; the old content goes. The content's version is
   * the higher of the one given and those of the puts and removes in the copy.
   *
   * @throws IllegalStateException if no copy is being built
   */
  long copyEnd(int partition, long epoch, long sequence);

  /** The partition's copy, and one being built, are released: the partition is absent. */
  long drop(int partition);

  /** Keeps the highest epoch seen for a partition; does not change the version of its content. */
  long epoch(int partition, long epoch);

  /** Replaces the reservation. */
  long reserve(Reservation reservation);

  /**
   * Calls back exactly once: {@link Durability#DURABLE} when everything up to the position survives
   * what {@link SyncPolicy} says, else when the journal failed or closed. The call comes from the
   * journal's thread, or from the caller's own before this returns if the answer is known already.
   * A callback must be short and must not throw; one that throws is logged and the others go on.
   */
  void whenDurable(long position, DurabilityCallback callback);

  /** What the caller may ask of the journal now. */
  JournalState state();

  /** Whether a refused change has left a hole in this partition's copy here. */
  boolean behind(int partition);
}
