package io.xcron.journal;

import io.xcron.model.Seats;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The "meta" map of a file: the store's identity and a few numbers of the file itself. */
final class StoreMeta {
  static final String MAP = "meta";

  /** Of a segment: the number of its first batch. */
  static final String FIRST = "first";

  /** Of a segment begun after a failure: the segment before it, and its length that is durable. */
  static final String PREVIOUS = "previous";

  static final String PREVIOUS_LENGTH = "previousLength";

  /** Of a checkpoint: the last segment and batch that are in it. */
  static final String FOLDED = "folded";

  static final String LAST = "last";

  private static final String SLICE_LIMIT = "sliceLimit";
  private static final String UNTIL_MILLIS = "untilMillis";
  private static final String CLEAN = "clean";

  /** Size, version, and each seat with its version; the first versions had none. */
  private static final String SEATS = "seats";

  private static final String FORMAT = "format";
  private static final String STORE = "store";
  private static final String CLUSTER = "cluster";
  private static final String PARTITIONS = "partitions";
  private static final String MODE = "mode";
  private static final String CREATED = "created";
  private static final String STARTS_WHOLE = "startsWhole";

  private StoreMeta() {}

  static void write(Map<String, String> meta, JournalIdentity identity) {
    meta.put(FORMAT, Integer.toString(identity.formatVersion()));
    meta.put(STORE, identity.store().toString());
    meta.put(CLUSTER, identity.cluster());
    meta.put(PARTITIONS, Integer.toString(identity.partitionCount()));
    meta.put(MODE, identity.mode().name());
    meta.put(CREATED, Long.toString(identity.created().toEpochMilli()));
    meta.put(STARTS_WHOLE, Boolean.toString(identity.startsWhole()));
  }

  static void write(Map<String, String> meta, Reservation reservation) {
    meta.put(SLICE_LIMIT, Long.toString(reservation.sliceLimit()));
    meta.put(UNTIL_MILLIS, Long.toString(reservation.untilMillis()));
    meta.put(CLEAN, reservation.clean() ? "1" : "0");
    Seats seats = reservation.seats();
    meta.put(
        SEATS,
        Stream.concat(
                Stream.of(seats.size() + "@" + seats.version()),
                seats.seats().stream().map(seat -> seat.journal() + "@" + seat.since()))
            .collect(Collectors.joining(" ")));
  }

  static Reservation reservation(String file, Map<String, String> meta) {
    return new Reservation(
        number(file, meta, SLICE_LIMIT),
        number(file, meta, UNTIL_MILLIS),
        number(file, meta, CLEAN) != 0,
        seats(file, meta));
  }

  private static Seats seats(String file, Map<String, String> meta) {
    @Nullable String text = meta.get(SEATS);
    if (text == null) {
      return Seats.NONE;
    }
    try {
      List<String[]> parts = Stream.of(text.split(" ")).map(part -> part.split("@")).toList();
      return new Seats(
          Integer.parseInt(parts.getFirst()[0]),
          Long.parseLong(parts.getFirst()[1]),
          parts.stream()
              .skip(1)
              .map(part -> new Seats.Seat(UUID.fromString(part[0]), Long.parseLong(part[1])))
              .toList());
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new JournalException.Corrupt(file + ": \"" + SEATS + "\" is damaged", e);
    }
  }

  static JournalIdentity identity(String file, Map<String, String> meta) {
    int format = (int) number(file, meta, FORMAT);
    if (format > Format.VERSION) {
      throw new JournalException.NewerFormat(
          file
              + " has format "
              + format
              + ", this program reads up to "
              + Format.VERSION
              + ": start the newer version of the program that wrote it");
    }
    try {
      return new JournalIdentity(
          UUID.fromString(text(file, meta, STORE)),
          text(file, meta, CLUSTER),
          (int) number(file, meta, PARTITIONS),
          JournalMode.valueOf(text(file, meta, MODE)),
          Instant.ofEpochMilli(number(file, meta, CREATED)),
          format,
          Boolean.parseBoolean(text(file, meta, STARTS_WHOLE)));
    } catch (IllegalArgumentException e) {
      throw new JournalException.Corrupt(file + " has a damaged head", e);
    }
  }

  static long number(String file, Map<String, String> meta, String name) {
    try {
      return Long.parseLong(text(file, meta, name));
    } catch (NumberFormatException e) {
      throw new JournalException.Corrupt(file + ": \"" + name + "\" is not a number", e);
    }
  }

  private static String text(String file, Map<String, String> meta, String name) {
    @Nullable String value = meta.get(name);
    if (value == null) {
      throw new JournalException.Corrupt(file + " has no \"" + name + "\" in its head");
    }
    return value;
  }

  /** Refuses a store that is not the one asked for. */
  static void check(String location, JournalIdentity found, JournalConfig wanted) {
    if (!found.cluster().equals(wanted.cluster())) {
      throw mismatch(location, "cluster", found.cluster(), wanted.cluster());
    }
    if (found.partitionCount() != wanted.partitionCount()) {
      throw mismatch(
          location,
          "partition count",
          Integer.toString(found.partitionCount()),
          Integer.toString(wanted.partitionCount()));
    }
    boolean leaves = found.mode() == JournalMode.RAFT && wanted.mode() == JournalMode.SINGLE;
    if (leaves && !wanted.leaveCluster()) {
      throw new JournalException.Mismatch(
          "The journal in "
              + location
              + " is that of a member of a cluster, whose other members may have accepted tasks"
              + " that it does not know: start it as one of the cluster. If it was the last to stop and"
              + " is to go on alone, say so once by XCRON_JOURNAL_LEAVE_CLUSTER=true");
    }
  }

  private static JournalException mismatch(
      String location, String what, String found, String wanted) {
    return new JournalException.Mismatch(
        "The journal in "
            + location
            + " belongs to "
            + what
            + " '"
            + found
            + "', this member is configured for '"
            + wanted
            + "': correct the configuration or give this member another data directory");
  }
}
