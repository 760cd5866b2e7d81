package io.xcron.grid;

import io.xcron.journal.AppendLog;
import io.xcron.journal.Durability;
import io.xcron.journal.DurabilityCallback;
import io.xcron.journal.JournalState;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One partition's part of the member's journal: what was appended last, and whether all that was
 * done in memory is in it. Nothing here blocks; what is appended is durable when {@link
 * #whenDurable} says so. Called on the partition's thread.
 *
 * <p>The journal may refuse, as on a full disk. Then this part is {@link #behind}, and stays so
 * until a whole copy of the content has been taken.
 */
final class PartitionJournal {
  /** A map of the journal alone: its one entry is the epoch that the content was brought under. */
  static final int EPOCHS = 255;

  private static final byte[] EPOCH_KEY = {'e'};

  private static final long NOTHING_APPENDED = Long.MIN_VALUE;

  private final int partition;
  private final AppendLog log;
  private long lastPosition = NOTHING_APPENDED;
  private boolean behind;

  PartitionJournal(int partition, AppendLog log) {
    this.partition = partition;
    this.log = log;
  }

  /** An entry was put or removed at this version. */
  void append(CopyEntry entry, long epoch, long sequence) {
    byte[] key = entry.key();
    byte[] value = entry.value();
    int keyLength = key.length - Payload.CONTENT;
    appended(
        value == null
            ? log.remove(partition, entry.map(), epoch, sequence, key, Payload.CONTENT, keyLength)
            : log.put(
                partition,
                entry.map(),
                epoch,
                sequence,
                key,
                Payload.CONTENT,
                keyLength,
                value,
                Payload.CONTENT,
                value.length - Payload.CONTENT));
  }

  /** From here on the content has this epoch, at sequence 0. */
  void begin(long epoch) {
    byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(epoch).array();
    appended(log.put(partition, EPOCHS, epoch, 0, EPOCH_KEY, value));
  }

  /** Keeps the highest epoch seen; the content stays at its version. */
  void seen(long epoch) {
    appended(log.epoch(partition, epoch));
  }

  /** What is appended from here to {@link #copyEnd} takes the place of the content. */
  void copyBegin(long epoch) {
    appended(log.copyBegin(partition, epoch));
  }

  /** The whole content is there anew, unless the journal refuses the end of the copy. */
  void copyEnd(long epoch, long sequence) {
    lastPosition = log.copyEnd(partition, epoch, sequence);
    behind = lastPosition == AppendLog.REFUSED;
  }

  /** Writes the whole content as a new copy. */
  void writeAnew(List<CopyEntry> content, long epoch, long sequence) {
    log.copyBegin(partition, epoch); // If that is refused, so is the end.
    for (CopyEntry entry : content) {
      append(entry, epoch, sequence);
    }
    copyEnd(epoch, sequence);
  }

  /** The content is gone. */
  void drop() {
    appended(log.drop(partition));
  }

  private void appended(long position) {
    lastPosition = position;
    if (position == AppendLog.REFUSED) {
      behind = true;
    }
  }

  /** Whether something is missing that the memory has; then all must be written anew. */
  boolean behind() {
    return behind;
  }

  /** Whether something is missing, and there is room for it. */
  boolean lacks() {
    return behind && log.state() == JournalState.OPEN;
  }

  boolean accepts() {
    return log.state().accepts();
  }

  /** Whether nothing is missing. */
  boolean whole() {
    return !behind;
  }

  /** The position of all that was appended so far; null when nothing was. */
  @Nullable Long position() {
    return lastPosition == NOTHING_APPENDED ? null : lastPosition;
  }

  /** Calls back when all that was appended so far is durable, or never will be; by any thread. */
  void whenDurable(DurabilityCallback callback) {
    if (behind || !log.state().accepts()) {
      callback.ended(Durability.REFUSED);
    } else if (lastPosition == NOTHING_APPENDED) {
      callback.ended(Durability.DURABLE);
    } else {
      log.whenDurable(lastPosition, callback);
    }
  }
}
