package io.xcron.grid;

import io.xcron.model.TaskRecord;
import io.xcron.model.TaskState;
import io.xcron.model.TaskTexts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tasks of one partition: in the order of their ids, and by namespace, labels, state and
 * the beginnings of words.
 *
 * <p>Each slot has a signature of 64 bits, to which every text that can be asked for adds a few: a
 * superimposed code as in Faloutsos, "Signature files" (1985). A search walks the order, skips what
 * its own bits are not in, and looks only at the rest of the records ({@link TaskMatcher}). That
 * costs 13 bytes a task, where posting lists cost several times as much.
 *
 * <p>Not thread-safe. Values are read through the {@link SlotTable}.
 */
final class TaskIndex {
  /** The beginnings of a word that are in the signature have 1, 2, 3, 5 and 8 characters. */
  private static final int LENGTHS = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 8);

  private static final int LONGEST = 8;

  /** So many new tasks wait at most for their place in the order, which bounds one sorting. */
  static final int MOST_UNSORTED = 4_096;

  private final SlotTable slots;
  private final Signature signature = new Signature();

  /** Slots in the order of their ids up to {@link #sorted}, then the newest ones as they came. */
  private int[] order = new int[16];

  private int size;
  private int sorted;
  private long[] signatures = new long[16];
  private byte[] states = new byte[16];

  TaskIndex(SlotTable slots) {
    this.slots = slots;
  }

  void added(int slot, TaskRecord record, String id) {
    if (slot >= signatures.length) {
      int capacity = slot + (slot >> 2) + 16;
      signatures = Arrays.copyOf(signatures, capacity);
      states = Arrays.copyOf(states, capacity);
    }
    if (size == order.length) {
      order = Arrays.copyOf(order, size + (size >> 2) + 16);
    }
    boolean last = size == 0 || compare(slots.key(order[size - 1]), slots.key(slot)) < 0;
    if (sorted == size && last) {
      sorted++;
    }
    order[size++] = slot;
    if (size - sorted > MOST_UNSORTED) {
      sort();
    }
    described(slot, record, id);
  }

  /** Gives the newest tasks their places: an import need not look for the place of each. */
  private void sort() {
    if (sorted == size) {
      return;
    }
    Integer[] newest = new Integer[size - sorted];
    Arrays.setAll(newest, i -> order[sorted + i]);
    Arrays.sort(newest, (one, other) -> compare(slots.key(one), slots.key(other)));
    for (int i = newest.length - 1, end = sorted; i >= 0; i--) {
      int place = placeOf(slots.key(newest[i]), end);
      System.arraycopy(order, place, order, place + i + 1, end - place);
      order[place + i] = newest[i];
      end = place;
    }
    sorted = size;
  }

  /** The definition is another one. */
  void described(int slot, TaskRecord record, String id) {
    signatures[slot] = signature.of(record, id);
    progressed(slot, record);
  }

  /** Only the progress is another one. */
  void progressed(int slot, TaskRecord record) {
    states[slot] = (byte) bit(record.state());
  }

  void removed(int slot) {
    sort();
    int place = placeOf(slots.key(slot), size);
    System.arraycopy(order, place + 1, order, place, size - place - 1);
    size--;
    sorted--;
  }

  /**
   * Visits the tasks after an id that fit, in order, until the visitor has had {@code limit} of
   * them.
   *
   * @return how many were visited
   */
  int search(
      TaskFilter filter, @Nullable String after, int limit, ObjIntConsumer<TaskRecord> visitor) {
    long wanted = signatureOf(filter);
    int state = filter.state() == null ? 0xFF : bit(filter.state());
    TaskMatcher matcher = wanted == 0 ? null : new TaskMatcher(filter);
    int found = 0;
    sort();
    for (int place = after == null ? 0 : placeAfter(after);
        place < size && found < limit;
        place++) {
      int slot = order[place];
      if ((signatures[slot] & wanted) != wanted || (states[slot] & state) == 0) {
        continue;
      }
      TaskRecord record = Payload.record(slots.value(slot));
      if (matcher == null || matcher.fits(slots.key(slot), record)) {
        visitor.accept(record, slot);
        found++;
      }
    }
    return found;
  }

  private int placeAfter(String id) {
    byte[] key = Payload.key(id);
    int place = placeOf(key, size);
    return place < size && Arrays.equals(slots.key(order[place]), key) ? place + 1 : place;
  }

  /** The first place below {@code end}, in order up to there, that is not before a key. */
  private int placeOf(byte[] key, int end) {
    int low = 0;
    int high = end;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(slots.key(order[middle]), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int compare(byte[] one, byte[] other) {
    return Arrays.compareUnsigned(
        one, Payload.CONTENT, one.length, other, Payload.CONTENT, other.length);
  }

  /**
   * Adds up the bits of a record's texts; one for the index, so that nothing is made for a record.
   */
  private static final class Signature implements TaskTexts {
    private long bits;

    long of(TaskRecord record, String id) {
      bits = wordBits(id);
      record.texts(this);
      return bits;
    }

    @Override
    public void namespace(byte[] utf8, int from, int length) {
      bits |= namespaceBits(text(utf8, from, length));
    }

    @Override
    public void name(byte[] utf8, int from, int length) {
      bits |= wordBits(text(utf8, from, length));
    }

    @Override
    public void label(byte[] utf8, int keyFrom, int keyLength, int valueFrom, int valueLength) {
      bits |= labelBits(text(utf8, keyFrom, keyLength), text(utf8, valueFrom, valueLength));
    }

    private static String text(byte[] utf8, int from, int length) {
      return new String(utf8, from, length, StandardCharsets.UTF_8);
    }
  }

  private static long signatureOf(TaskFilter filter) {
    long signature = filter.namespace() == null ? 0 : namespaceBits(filter.namespace());
    for (Map.Entry<String, String> label : filter.labels().entrySet()) {
      signature |= labelBits(label.getKey(), label.getValue());
    }
    // What begins a word of the question begins a word of each text that has it.
    return filter.prefix() == null ? signature : signature | wordBits(filter.prefix());
  }

  private static long namespaceBits(String namespace) {
    return threeBits(namespace.hashCode() * 31 + 1);
  }

  private static long labelBits(String key, String value) {
    return threeBits((key.hashCode() * 31 + value.hashCode()) * 31 + 2);
  }

  private static long wordBits(String text) {
    String folded = TaskMatcher.fold(text);
    long bits = 0;
    for (int at = 0; at < folded.length(); at++) {
      if (TaskMatcher.beginsWord(folded, at)) {
        bits |= beginningBits(folded, at);
      }
    }
    return bits;
  }

  private static long beginningBits(String text, int at) {
    long bits = 0;
    int hash = 3;
    int longest = Math.min(LONGEST, text.length() - at);
    for (int length = 1; length <= longest; length++) {
      hash = hash * 31 + text.charAt(at + length - 1);
      if ((LENGTHS & (1 << length)) != 0) {
        bits |= 1L << (mix(hash) & 63);
      }
    }
    return bits;
  }

  private static long threeBits(int hash) {
    int mixed = mix(hash);
    return 1L << (mixed & 63) | 1L << ((mixed >>> 8) & 63) | 1L << ((mixed >>> 16) & 63);
  }

  private static int mix(int hash) {
    int mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 16);
  }

  private static int bit(TaskState state) {
    return switch (state) {
      case SCHEDULED -> 1;
      case RUNNING -> 1 << 1;
      case PAUSED -> 1 << 2;
      case FINISHED -> 1 << 3;
      case DEAD -> 1 << 4;
      case DISABLED -> 1 << 5;
    };
  }
}
