package io.xcron.grid;

import io.xcron.journal.PartitionState;
import io.xcron.journal.RecoveredPartition;
import io.xcron.journal.Reservation;
import io.xcron.model.Seats;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** What the living members have of each partition. Any thread; never blocks. */
public interface JournalReports {
  /**
   * Asks every member. Those that do not answer within two seconds, or have not read their journal
   * back yet, are left out.
   */
  CompletableFuture<List<Report>> ask();

  /**
   * One member's copies and the seats that it knows of as they are now, and what else its journal
   * held when it started.
   *
   * @param member this start: the UUID of the Hazelcast member
   * @param journal the name of its journal, which stays across starts
   * @param partitions one for each partition, by number
   */
  record Report(
      UUID member, UUID journal, Reservation reservation, List<RecoveredPartition> partitions) {
    public Report {
      partitions = List.copyOf(partitions);
    }

    // The place in this list is the code on the wire.
    private static final List<PartitionState> STATES =
        List.of(PartitionState.ABSENT, PartitionState.COPYING, PartitionState.WHOLE);

    void writeTo(DataOutputStream out) throws IOException {
      write(out, member);
      write(out, journal);
      out.writeLong(reservation.sliceLimit());
      out.writeLong(reservation.untilMillis());
      out.writeBoolean(reservation.clean());
      Seats seats = reservation.seats();
      out.writeByte(seats.size());
      out.writeLong(seats.version());
      out.writeByte(seats.count());
      for (Seats.Seat seat : seats.seats()) {
        write(out, seat.journal());
        out.writeLong(seat.since());
      }
      out.writeInt(partitions.size());
      for (RecoveredPartition one : partitions) {
        out.writeInt(one.partition());
        out.writeByte(STATES.indexOf(one.state()));
        out.writeLong(one.epoch());
        out.writeLong(one.sequence());
        out.writeLong(one.highestEpoch());
        out.writeLong(one.entriesAtMost());
      }
    }

    static Report read(DataInputStream in) throws IOException {
      UUID member = readUuid(in);
      UUID journal = readUuid(in);
      Reservation reservation =
          new Reservation(in.readLong(), in.readLong(), in.readBoolean(), readSeats(in));
      int count = in.readInt();
      List<RecoveredPartition> partitions = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        partitions.add(
            new RecoveredPartition(
                in.readInt(),
                STATES.get(in.readByte()),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong()));
      }
      return new Report(member, journal, reservation, partitions);
    }

    private static Seats readSeats(DataInputStream in) throws IOException {
      int size = in.readByte();
      long version = in.readLong();
      int count = in.readByte();
      List<Seats.Seat> seats = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        seats.add(new Seats.Seat(readUuid(in), in.readLong()));
      }
      return new Seats(size, version, seats);
    }

    private static void write(DataOutputStream out, UUID uuid) throws IOException {
      out.writeLong(uuid.getMostSignificantBits());
      out.writeLong(uuid.getLeastSignificantBits());
    }

    private static UUID readUuid(DataInputStream in) throws IOException {
      return new UUID(in.readLong(), in.readLong());
    }
  }
}
