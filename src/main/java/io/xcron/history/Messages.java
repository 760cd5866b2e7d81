package io.xcron.history;

import io.xcron.grid.GridException;
import io.xcron.journal.StoredRun;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What members ask each other about the past, as bytes: format (byte), kind (byte), and the rest.
 */
final class Messages {
  private static final byte FORMAT = 1;

  /** What is asked for. The place in this list is the code on the wire. */
  enum Kind {
    /** A part of a task's runs. */
    RUNS,
    /** One run. */
    RUN,
    /** The sums of a window, by origin. */
    SUMS,
    /** A part of the audit trail. */
    AUDIT,
    /** Nothing: copies of records to keep. */
    COPIES,
    /** Copies of the records of one origin. */
    LOST
  }

  private static final List<Kind> KINDS = List.of(Kind.values());

  private Messages() {}

  /** Writes the rest of a message. */
  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  /** Reads the rest of a message. */
  interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  static byte[] question(Kind kind, Writer writer) {
    return bytes(
        out -> {
          out.writeByte(FORMAT);
          out.writeByte(KINDS.indexOf(kind));
          writer.write(out);
        });
  }

  static byte[] bytes(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      writer.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads the head of a question.
   *
   * @throws GridException if it is of a format or kind that this version does not know
   */
  static Kind kind(DataInputStream in) throws IOException {
    byte format = in.readByte();
    int kind = in.readUnsignedByte();
    if (format != FORMAT || kind >= KINDS.size()) {
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED,
          "a question about the past of format " + format + " and kind " + kind);
    }
    return KINDS.get(kind);
  }

  /**
   * Reads bytes.
   *
   * @throws GridException if they break off or are none that we write
   */
  static <T> T read(byte[] bytes, Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return reader.read(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new GridException(
          GridException.Kind.UNKNOWN, "a message about the past cannot be read: " + e);
    }
  }

  static void writeRuns(DataOutputStream out, List<StoredRun> runs) throws IOException {
    out.writeInt(runs.size());
    for (StoredRun run : runs) {
      byte[] bytes = new byte[run.length()];
      run.write(bytes, 0);
      out.write(bytes);
    }
  }

  static List<StoredRun> readRuns(DataInputStream in) throws IOException {
    int count = in.readInt();
    byte[] rest = in.readAllBytes();
    List<StoredRun> runs = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < count; i++) {
      StoredRun run = StoredRun.read(rest, at);
      runs.add(run);
      at += run.length();
    }
    return runs;
  }
}
