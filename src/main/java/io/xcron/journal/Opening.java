package io.xcron.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the directory: the newest checkpoint, then the batches after it up to the first gap. A torn
 * tail that nobody was promised is cut off and set aside; anything acknowledged that is missing
 * stops the open, unless the operator accepts the loss.
 */
final class Opening {
  private final Disk disk;
  private final JournalConfig config;
  private final List<String> names;

  /** Lengths to which a segment may be cut back, as the mark and the segments' successors say. */
  private final Map<Long, Long> goodLengths = new HashMap<>();

  private final TreeMap<Long, Part> parts = new TreeMap<>();
  private long lastSegmentNumber;

  /** A segment's head. */
  private record Part(JournalIdentity identity, long first) {}

  private Opening(Disk disk, JournalConfig config) throws IOException {
    this.disk = disk;
    this.config = config;
    names = disk.list();
  }

  static Opened open(Disk disk, JournalConfig config) throws IOException {
    return new Opening(disk, config).open();
  }

  private Opened open() throws IOException {
    @Nullable Checkpoint checkpoint = newestCheckpoint();
    boolean opened = false;
    try {
      Opened result = open(checkpoint);
      opened = true;
      return result;
    } finally {
      if (!opened && checkpoint != null) {
        checkpoint.close();
      }
    }
  }

  private Opened open(@Nullable Checkpoint checkpoint) throws IOException {
    long folded = checkpoint == null ? 0 : checkpoint.foldedSegment();
    lastSegmentNumber = folded;
    List<Long> segments = segmentNumbers();
    Mark.Position mark = mark(checkpoint != null || !segments.isEmpty());
    if (mark.segment() > 0) {
      goodLengths.put(mark.segment(), mark.length());
    }
    for (long number : segments.reversed()) {
      lastSegmentNumber = Math.max(lastSegmentNumber, number);
      if (number > folded) {
        readHead(number);
      }
    }
    JournalIdentity identity = identity(checkpoint, mark);
    StoreMeta.check(disk.location(), identity, config);
    identity = identity.as(config.mode());
    LogImage image = new LogImage(identity, checkpoint);
    ArrayList<ClosedSegment> closed = new ArrayList<>();
    long last = readBatches(checkpoint == null ? 0 : checkpoint.lastBatch(), image, closed);
    long lost = Math.max(0, mark.batch() - last);
    if (lost > 0 && !config.acceptLoss()) {
      throw new JournalException.LostRecords(
          "The journal in "
              + disk.location()
              + " ends at batch "
              + last
              + ", but batches up to "
              + mark.batch()
              + " were acknowledged: "
              + lost
              + " are missing. Let this member be healed from the others with an empty directory, or"
              + " accept the loss",
          lost);
    }
    tidy(checkpoint, folded);
    return new Opened(identity, checkpoint, closed, image, last, lastSegmentNumber, lost);
  }

  private Mark.Position mark(boolean files) throws IOException {
    Mark.@Nullable Position mark = Mark.read(disk);
    if (mark != null) {
      return mark;
    }
    if (files && !config.acceptLoss()) {
      throw new JournalException.Corrupt(
          "The file '"
              + Format.MARK
              + "' in "
              + disk.location()
              + " is missing or damaged, so nobody can tell whether acknowledged records are lost."
              + " Let this member be healed from the others with an empty directory, or accept the"
              + " loss");
    }
    return Mark.Position.NOTHING;
  }

  private @Nullable Checkpoint newestCheckpoint() throws IOException {
    long newest = 0;
    for (String name : names) {
      newest = Math.max(newest, Format.checkpointNumber(name));
    }
    return newest == 0 ? null : Checkpoint.open(disk, newest);
  }

  private List<Long> segmentNumbers() {
    ArrayList<Long> numbers = new ArrayList<>();
    for (String name : names) {
      long number = Format.segmentNumber(name);
      if (number > 0) {
        numbers.add(number);
      }
    }
    numbers.sort(Long::compare);
    return numbers;
  }

  private JournalIdentity identity(@Nullable Checkpoint checkpoint, Mark.Position mark) {
    @Nullable JournalIdentity found = checkpoint == null ? null : checkpoint.identity();
    for (Part part : parts.values()) {
      if (found == null) {
        found = part.identity();
      } else if (!found.store().equals(part.identity().store())) {
        throw new JournalException.Corrupt(
            disk.location() + " holds files of two stores: " + found + " and " + part.identity());
      } else {
        found = found.as(part.identity().mode());
      }
    }
    if (found != null) {
      return found;
    }
    if (mark.batch() > 0 && !config.acceptLoss()) {
      throw new JournalException.LostRecords(
          disk.location()
              + " holds no log any more, but batches up to "
              + mark.batch()
              + " were acknowledged. Let this member be healed from the others with an empty"
              + " directory, or accept the loss",
          mark.batch());
    }
    return new JournalIdentity(
        UUID.randomUUID(),
        config.cluster(),
        config.partitionCount(),
        config.mode(),
        Instant.ofEpochMilli(System.currentTimeMillis()),
        Format.VERSION,
        config.freshWhole());
  }

  /** Reads a segment's head; an unreadable file is cut back to a good length, or set aside. */
  private void readHead(long number) throws IOException {
    @Nullable RuntimeException unreadable = tryHead(number);
    if (unreadable == null) {
      return;
    }
    String file = Format.segmentFile(number);
    @Nullable Long good = goodLengths.get(number);
    if (good != null && good > 0 && good < disk.size(file)) {
      Repairs.cutTail(disk, file, good);
      unreadable = tryHead(number);
      if (unreadable == null) {
        return;
      }
    }
    // Whether something acknowledged was in it shows when the batches are counted.
    Log.warning(disk.location() + "/" + file + " is unreadable and set aside", unreadable);
    Repairs.setAside(disk, file);
  }

  private @Nullable RuntimeException tryHead(long number) {
    String file = Format.segmentFile(number);
    try (SegmentReader reader = SegmentReader.open(disk, number)) {
      Map<String, String> meta = reader.meta();
      if (meta.isEmpty()) {
        return new IllegalStateException(file + " was never begun");
      }
      parts.put(
          number,
          new Part(StoreMeta.identity(file, meta), StoreMeta.number(file, meta, StoreMeta.FIRST)));
      if (meta.containsKey(StoreMeta.PREVIOUS)) {
        goodLengths.putIfAbsent(
            StoreMeta.number(file, meta, StoreMeta.PREVIOUS),
            StoreMeta.number(file, meta, StoreMeta.PREVIOUS_LENGTH));
      }
      return null;
    } catch (JournalException.NewerFormat e) {
      throw e;
    } catch (MVStoreException
        | IllegalArgumentException
        | IllegalStateException
        | UnsupportedOperationException
        | JournalException e) {
      return e; // whatever MVStore says of bytes it did not write
    }
  }

  private long readBatches(long from, LogImage image, List<ClosedSegment> closed)
      throws IOException {
    long last = from;
    boolean gap = false;
    for (Map.Entry<Long, Part> entry : parts.entrySet()) {
      long number = entry.getKey();
      String file = Format.segmentFile(number);
      @Nullable Long next = parts.higherKey(number);
      long first = entry.getValue().first();
      long until = next == null ? Long.MAX_VALUE : head(next).first() - 1;
      if (gap || first > last + 1) {
        gap = true;
        Log.info(file + " comes after a gap in the log and is set aside");
        Repairs.setAside(disk, file);
        continue;
      }
      force(file);
      long begin = last + 1;
      long end = last;
      if (until >= begin) {
        try (SegmentReader reader = SegmentReader.open(disk, number)) {
          end =
              reader.read(
                  begin,
                  until,
                  (batch, bytes) -> {
                    image.add(bytes);
                    return true;
                  });
        }
      }
      last = end;
      closed.add(new ClosedSegment(number, begin, end, disk.size(file)));
    }
    return last;
  }

  /**
   * A killed process may have left batches in the page cache only. From here on they count, and new
   * ones are acknowledged on top of them, so a power cut must not take them away.
   */
  private void force(String file) throws IOException {
    try (FileChannel channel = disk.open(file, true)) {
      channel.force(true);
    }
  }

  private Part head(long number) {
    Part part = parts.get(number);
    if (part == null) {
      throw new IllegalStateException("no segment " + number);
    }
    return part;
  }

  /** Deletes what a crash has left over: it is in the checkpoint, or was never finished. */
  private void tidy(@Nullable Checkpoint checkpoint, long folded) throws IOException {
    // A killed process may not have come to it, and what is deleted here is only in the checkpoint.
    disk.syncDirectory();
    for (String name : disk.list()) {
      long segment = Format.segmentNumber(name);
      long old = Format.checkpointNumber(name);
      if ((segment > 0 && segment <= folded)
          || (old > 0 && checkpoint != null && old < checkpoint.number())
          || name.endsWith(Format.TEMPORARY)) {
        disk.delete(name);
      }
    }
  }
}
