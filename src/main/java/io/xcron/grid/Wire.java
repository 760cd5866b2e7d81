package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import io.xcron.model.TaskRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Answers as bytes: the format, what it is, and then the answer or the error's text. */
final class Wire {
  private static final byte ANSWER = 1;
  private static final byte NOT_ACCEPTED = 2;
  private static final byte UNKNOWN = 3;
  private static final byte ELSEWHERE = 4;

  private Wire() {}

  /** Writes one kind of answer. */
  interface Writer {
    void write(DataOutputStream out) throws IOException;
  }

  /** Reads one kind of answer. */
  interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }

  static byte[] answer(Writer writer) {
    return bytes(
        out -> {
          out.writeByte(ANSWER);
          writer.write(out);
        });
  }

  static byte[] error(GridException error) {
    return bytes(
        out -> {
          out.writeByte(
              error.elsewhere()
                  ? ELSEWHERE
                  : switch (error.kind()) {
                    case NOT_ACCEPTED -> NOT_ACCEPTED;
                    case UNKNOWN -> UNKNOWN;
                  });
          out.writeUTF(text(error));
        });
  }

  private static String text(GridException error) {
    String message = error.getMessage();
    String text = message == null ? "" : message;
    return text.length() > 1_000 ? text.substring(0, 1_000) : text;
  }

  private static byte[] bytes(Writer writer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(GridFactory.FORMAT);
      writer.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads an answer.
   *
   * @throws GridException if it is an error, or cannot be read: then what was done is unknown
   */
  static <T> T read(byte[] answer, Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(answer))) {
      byte format = in.readByte();
      byte kind = in.readByte();
      if (format != GridFactory.FORMAT) {
        throw new GridException(GridException.Kind.UNKNOWN, "an answer of format " + format);
      }
      return switch (kind) {
        case ANSWER -> reader.read(in);
        case NOT_ACCEPTED -> throw new GridException(GridException.Kind.NOT_ACCEPTED, in.readUTF());
        case UNKNOWN -> throw new GridException(GridException.Kind.UNKNOWN, in.readUTF());
        case ELSEWHERE -> throw GridException.notHere(in.readUTF());
        default -> throw new GridException(GridException.Kind.UNKNOWN, "an answer " + kind);
      };
    } catch (IOException e) {
      throw new GridException(GridException.Kind.UNKNOWN, "an answer that breaks off: " + e);
    }
  }

  static void writeRecord(DataOutputStream out, @Nullable TaskRecord record) throws IOException {
    if (record == null) {
      out.writeInt(-1);
      return;
    }
    byte[] bytes = new byte[record.length()];
    record.copyTo(bytes, 0);
    writeBytes(out, bytes);
  }

  static @Nullable TaskRecord readRecord(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : TaskRecord.of(in.readNBytes(length), 0);
  }

  static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static byte[] readBytes(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }

  static byte[] bytes(ObjectDataInput in) throws IOException {
    byte[] bytes = in.readByteArray();
    if (bytes == null) {
      throw new IOException("bytes are missing");
    }
    return bytes;
  }

  static String text(ObjectDataInput in) throws IOException {
    String text = in.readString();
    if (text == null) {
      throw new IOException("a text is missing");
    }
    return text;
  }
}
