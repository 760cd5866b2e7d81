package io.xcron.grid;

/** The version of a partition's content: the epoch counts first. */
record Version(long epoch, long sequence) implements Comparable<Version> {
  @Override
  public int compareTo(Version other) {
    int byEpoch = Long.compare(epoch, other.epoch);
    return byEpoch != 0 ? byEpoch : Long.compare(sequence, other.sequence);
  }
}
