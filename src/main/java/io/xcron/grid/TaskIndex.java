package io.xcron.grid;

import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.model.TaskState;
import io.xcron.model.TaskTexts;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tasks of one partition: in the order of their ids, and by namespace, labels, state and
 * the beginnings of words.
 *
 * <p>Each slot has a signature of 64 bits, to which every text that can be asked for adds a few: a
 * superimposed code as in Faloutsos, "Signature files" (1985). A search walks the order, skips what
 * its own bits are not in, and looks only at the rest of the records. That costs 13 bytes a task,
 * where posting lists cost several times as much.
 *
 * <p>Not thread-safe. Values are read through the {@link SlotTable}.
 */
final class TaskIndex {
  /**
   * Beginnings of words are in the signature up to this many characters; the rest is looked up in
   * the record.
   */
  private static final int PREFIX = 3;

  private final SlotTable slots;
  private final Signature signature = new Signature();
  private int[] order = new int[16];
  private int size;
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
    int place = placeOf(slots.key(slot));
    System.arraycopy(order, place, order, place + 1, size - place);
    order[place] = slot;
    size++;
    described(slot, record, id);
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
    int place = placeOf(slots.key(slot));
    System.arraycopy(order, place + 1, order, place, size - place - 1);
    size--;
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
    boolean exact = wanted == 0;
    int found = 0;
    for (int place = after == null ? 0 : placeAfter(after);
        place < size && found < limit;
        place++) {
      int slot = order[place];
      if ((signatures[slot] & wanted) != wanted || (states[slot] & state) == 0) {
        continue;
      }
      TaskRecord record = Payload.record(slots.value(slot));
      if (exact || fits(filter, record.task(Payload.id(slots.key(slot))))) {
        visitor.accept(record, slot);
        found++;
      }
    }
    return found;
  }

  private int placeAfter(String id) {
    byte[] key = Payload.key(id);
    int place = placeOf(key);
    return place < size && Arrays.equals(slots.key(order[place]), key) ? place + 1 : place;
  }

  private int placeOf(byte[] key) {
    int low = 0;
    int high = size;
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

  private static boolean fits(TaskFilter filter, Task task) {
    if (filter.namespace() != null && !filter.namespace().equals(task.namespace())) {
      return false;
    }
    for (Map.Entry<String, String> label : filter.labels().entrySet()) {
      if (!label.getValue().equals(task.labels().get(label.getKey()))) {
        return false;
      }
    }
    String prefix = filter.prefix();
    return prefix == null
        || hasWord(task.id(), prefix)
        || (task.name() != null && hasWord(task.name(), prefix));
  }

  private static boolean hasWord(String text, String prefix) {
    String folded = fold(text);
    String wanted = fold(prefix);
    for (int at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
      if (beginsWord(folded, at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean beginsWord(String text, int at) {
    return at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1));
  }

  private static String fold(String text) {
    return text.toLowerCase(Locale.ROOT);
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
    public void namespace(String namespace) {
      bits |= namespaceBits(namespace);
    }

    @Override
    public void name(String name) {
      bits |= wordBits(name);
    }

    @Override
    public void label(String key, String value) {
      bits |= labelBits(key, value);
    }
  }

  private static long signatureOf(TaskFilter filter) {
    long signature = filter.namespace() == null ? 0 : namespaceBits(filter.namespace());
    for (Map.Entry<String, String> label : filter.labels().entrySet()) {
      signature |= labelBits(label.getKey(), label.getValue());
    }
    String prefix = filter.prefix();
    if (prefix != null) {
      String folded = fold(prefix);
      signature |= prefixBit(folded, 0, Math.min(PREFIX, folded.length()));
    }
    return signature;
  }

  private static long namespaceBits(String namespace) {
    return twoBits(namespace.hashCode() * 31 + 1);
  }

  private static long labelBits(String key, String value) {
    return twoBits((key.hashCode() * 31 + value.hashCode()) * 31 + 2);
  }

  private static long wordBits(String text) {
    String folded = fold(text);
    long bits = 0;
    for (int at = 0; at < folded.length(); at++) {
      if (beginsWord(folded, at)) {
        for (int end = at + 1; end <= Math.min(at + PREFIX, folded.length()); end++) {
          bits |= prefixBit(folded, at, end);
        }
      }
    }
    return bits;
  }

  private static long prefixBit(String text, int from, int to) {
    int hash = 3;
    for (int i = from; i < to; i++) {
      hash = hash * 31 + text.charAt(i);
    }
    return 1L << (mix(hash) & 63);
  }

  private static long twoBits(int hash) {
    int mixed = mix(hash);
    return 1L << (mixed & 63) | 1L << ((mixed >>> 8) & 63);
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
