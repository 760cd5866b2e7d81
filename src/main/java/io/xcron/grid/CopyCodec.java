package io.xcron.grid;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link CopyMessage}s as bytes. Entries travel without Hazelcast's header, as the journal keeps
 * them.
 */
final class CopyCodec {
  private static final int ADOPT = 1;
  private static final int ENTRIES = 2;
  private static final int CHUNK = 3;
  private static final int ACK = 4;
  private static final int CHUNK_ACK = 5;
  private static final int BEHIND = 6;
  private static final int REFUSED = 7;

  private static final int NO_VALUE = -1;

  private CopyCodec() {}

  static byte[] encode(CopyMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out, message);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, CopyMessage message) throws IOException {
    out.writeByte(code(message));
    out.writeInt(message.partition());
    out.writeLong(message.epoch());
    switch (message) {
      case CopyMessage.Adopt adopt -> {
        out.writeLong(adopt.base().epoch());
        out.writeLong(adopt.base().sequence());
        out.writeLong(adopt.digest());
      }
      case CopyMessage.Entries entries -> {
        out.writeLong(entries.first());
        writeEntries(out, entries.entries());
      }
      case CopyMessage.Chunk chunk -> {
        out.writeLong(chunk.copy());
        out.writeInt(chunk.index());
        out.writeBoolean(chunk.last());
        out.writeLong(chunk.sequence());
        writeEntries(out, chunk.entries());
      }
      case CopyMessage.Ack ack -> out.writeLong(ack.sequence());
      case CopyMessage.ChunkAck ack -> {
        out.writeLong(ack.copy());
        out.writeInt(ack.next());
      }
      case CopyMessage.Behind behind -> out.writeLong(behind.sequence());
      case CopyMessage.Refused refused -> out.writeLong(refused.highest());
    }
  }

  private static int code(CopyMessage message) {
    return switch (message) {
      case CopyMessage.Adopt adopt -> ADOPT;
      case CopyMessage.Entries entries -> ENTRIES;
      case CopyMessage.Chunk chunk -> CHUNK;
      case CopyMessage.Ack ack -> ACK;
      case CopyMessage.ChunkAck ack -> CHUNK_ACK;
      case CopyMessage.Behind behind -> BEHIND;
      case CopyMessage.Refused refused -> REFUSED;
    };
  }

  static CopyMessage decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int code = in.readByte();
      int partition = in.readInt();
      long epoch = in.readLong();
      return switch (code) {
        case ADOPT ->
            new CopyMessage.Adopt(
                partition, epoch, new Version(in.readLong(), in.readLong()), in.readLong());
        case ENTRIES -> new CopyMessage.Entries(partition, epoch, in.readLong(), readEntries(in));
        case CHUNK ->
            new CopyMessage.Chunk(
                partition,
                epoch,
                in.readLong(),
                in.readInt(),
                in.readBoolean(),
                in.readLong(),
                readEntries(in));
        case ACK -> new CopyMessage.Ack(partition, epoch, in.readLong());
        case CHUNK_ACK -> new CopyMessage.ChunkAck(partition, epoch, in.readLong(), in.readInt());
        case BEHIND -> new CopyMessage.Behind(partition, epoch, in.readLong());
        case REFUSED -> new CopyMessage.Refused(partition, epoch, in.readLong());
        default -> throw new IllegalArgumentException("no message of copies has code " + code);
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("a message of copies breaks off", e);
    }
  }

  private static void writeEntries(DataOutputStream out, List<CopyEntry> entries)
      throws IOException {
    out.writeInt(entries.size());
    for (CopyEntry entry : entries) {
      byte[] key = entry.key();
      byte[] value = entry.value();
      out.writeByte(entry.map());
      out.writeInt(key.length - Payload.CONTENT);
      out.write(key, Payload.CONTENT, key.length - Payload.CONTENT);
      out.writeInt(value == null ? NO_VALUE : value.length - Payload.CONTENT);
      if (value != null) {
        out.write(value, Payload.CONTENT, value.length - Payload.CONTENT);
      }
    }
  }

  private static List<CopyEntry> readEntries(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<CopyEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int map = in.readUnsignedByte();
      byte[] key = in.readNBytes(in.readInt());
      int length = in.readInt();
      byte[] value = length == NO_VALUE ? null : in.readNBytes(length);
      entries.add(
          new CopyEntry(
              map,
              Payload.key(key, 0, key.length),
              value == null ? null : Payload.value(value, 0, value.length)));
    }
    return entries;
  }
}
