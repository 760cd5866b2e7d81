package io.xcron.node;

import io.xcron.journal.PartitionState;
import io.xcron.journal.Recovered;
import io.xcron.slice.JournalReport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** What a journal held when its member started, on its way to the others. */
final class JournalReports {
  private static final byte FORMAT = 1;
  private static final int COPY_BYTES = 1 + 3 * Long.BYTES;

  private JournalReports() {}

  static JournalReport of(UUID member, UUID journal, Recovered recovered) {
    List<JournalReport.Copy> copies =
        recovered.partitions().stream()
            .map(
                partition ->
                    new JournalReport.Copy(
                        partition.state() == PartitionState.WHOLE,
                        partition.epoch(),
                        partition.sequence(),
                        partition.highestEpoch()))
            .toList();
    return new JournalReport(member, journal, recovered.reservation().sliceLimit(), copies);
  }

  static byte[] toBytes(JournalReport report) {
    ByteBuffer bytes =
        ByteBuffer.allocate(
            1 + 5 * Long.BYTES + Integer.BYTES + COPY_BYTES * report.copies().size());
    bytes.put(FORMAT);
    put(bytes, report.member());
    put(bytes, report.journal());
    bytes.putLong(report.sliceLimit()).putInt(report.copies().size());
    for (JournalReport.Copy copy : report.copies()) {
      bytes.put((byte) (copy.whole() ? 1 : 0));
      bytes.putLong(copy.epoch()).putLong(copy.sequence()).putLong(copy.highestEpoch());
    }
    return bytes.array();
  }

  static JournalReport read(byte[] array) {
    ByteBuffer bytes = ByteBuffer.wrap(array);
    if (bytes.get() != FORMAT) {
      throw new IllegalArgumentException("not a report of format " + FORMAT);
    }
    UUID member = uuid(bytes);
    UUID journal = uuid(bytes);
    long sliceLimit = bytes.getLong();
    int count = bytes.getInt();
    if (count < 0 || bytes.remaining() != (long) count * COPY_BYTES) {
      throw new IllegalArgumentException("a report of " + count + " partitions is cut");
    }
    List<JournalReport.Copy> copies = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      copies.add(
          new JournalReport.Copy(
              bytes.get() == 1, bytes.getLong(), bytes.getLong(), bytes.getLong()));
    }
    return new JournalReport(member, journal, sliceLimit, copies);
  }

  private static void put(ByteBuffer bytes, UUID uuid) {
    bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer bytes) {
    return new UUID(bytes.getLong(), bytes.getLong());
  }
}
