package io.xcron.grid;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The writes of one owner in its epoch, numbered from 1. The newest ones are kept for as long as a
 * member may need them sent, or sent again; all that are kept follow each other, up to the last.
 *
 * <p>How much may be kept is not decided here: the owner looks at {@link #bytes}, and refuses
 * writes or gives up who needs them. Guarded by the owner's lock.
 */
final class EpochWrites {
  private final ArrayDeque<CopyEntry> kept = new ArrayDeque<>();
  private long sequence;
  private long bytes;

  /** The number of the last write; 0 before the first. */
  long sequence() {
    return sequence;
  }

  /** What is kept takes so much. */
  long bytes() {
    return bytes;
  }

  /** The oldest write that is kept; the next one if none is. */
  long first() {
    return sequence - kept.size() + 1;
  }

  /** Gives a write the next number; gives that. */
  long add(CopyEntry entry) {
    sequence++;
    kept.add(entry);
    bytes += entry.size();
    return sequence;
  }

  /**
   * Those from this one on, which is kept, oldest first: until they are of this size together, and
   * at least one.
   */
  List<CopyEntry> from(long number, int maxBytes) {
    List<CopyEntry> entries = new ArrayList<>();
    int size = 0;
    Iterator<CopyEntry> from =
        sequence - number < 4
            ? last((int) (sequence - number + 1))
            : kept.stream().skip(number - first()).iterator();
    while (from.hasNext() && size < maxBytes) {
      CopyEntry entry = from.next();
      entries.add(entry);
      size += entry.size();
    }
    return entries;
  }

  /** The newest ones, oldest first, without a walk over all that are kept. */
  private Iterator<CopyEntry> last(int count) {
    ArrayDeque<CopyEntry> last = new ArrayDeque<>(count);
    Iterator<CopyEntry> newest = kept.descendingIterator();
    for (int i = 0; i < count && newest.hasNext(); i++) {
      last.addFirst(newest.next());
    }
    return last.iterator();
  }

  /** Lets go of those before this one. */
  void letGoBefore(long number) {
    while (!kept.isEmpty() && first() < number) {
      bytes -= kept.removeFirst().size();
    }
  }

  /** Lets go of all. */
  void letGo() {
    letGoBefore(sequence + 1);
  }
}
