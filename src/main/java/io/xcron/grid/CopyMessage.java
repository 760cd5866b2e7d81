package io.xcron.grid;

import java.util.List;

/**
 * What the members say to each other about the copies of one partition. Messages may be lost,
 * doubled and late; those of one sender about one partition mostly keep their order.
 */
sealed interface CopyMessage {
  int partition();

  /** The epoch of the owner to whom, or by whom, this is said. */
  long epoch();

  /** To a member in sync: go on from this content in my epoch, or say that you have another. */
  record Adopt(int partition, long epoch, Version base, long digest) implements CopyMessage {}

  /** The owner's writes in order; the first one has this sequence, the others count on. */
  record Entries(int partition, long epoch, long first, List<CopyEntry> entries)
      implements CopyMessage {
    public Entries {
      entries = List.copyOf(entries);
    }
  }

  /**
   * A part of a whole copy.
   *
   * @param copy tells one copy of an epoch from another
   * @param index of the part; the copy begins with 0
   * @param sequence of the content when the copy was taken
   */
  record Chunk(
      int partition,
      long epoch,
      long copy,
      int index,
      boolean last,
      long sequence,
      List<CopyEntry> entries)
      implements CopyMessage {
    public Chunk {
      entries = List.copyOf(entries);
    }
  }

  /** To the owner: my copy is whole and durable up to this sequence of your epoch. */
  record Ack(int partition, long epoch, long sequence) implements CopyMessage {}

  /** To the owner: I have the parts of this copy before this index. */
  record ChunkAck(int partition, long epoch, long copy, int next) implements CopyMessage {}

  /** To the owner: my content ends here in your epoch; {@link #NOTHING} if it has none of it. */
  record Behind(int partition, long epoch, long sequence) implements CopyMessage {
    static final long NOTHING = -1;
  }

  /** To an owner: I have seen this later epoch, and take nothing of yours any more. */
  record Refused(int partition, long epoch, long highest) implements CopyMessage {}
}
