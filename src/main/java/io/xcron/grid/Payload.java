package io.xcron.grid;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.impl.HeapData;
import io.xcron.model.TaskRecord;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Hazelcast's binary form of the only two types that the maps hold: a text as key, bytes as value.
 * Both are an empty partition hash, the type, the length and the content, so that what the record
 * store keeps can be read in place.
 */
final class Payload {
  /** Where the content begins. */
  static final int CONTENT = 12;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private static final int TYPE_TEXT = -11;
  private static final int TYPE_BYTES = -12;

  private Payload() {}

  static byte[] key(String id) {
    byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
    byte[] payload = header(TYPE_TEXT, utf8.length);
    System.arraycopy(utf8, 0, payload, CONTENT, utf8.length);
    return payload;
  }

  static Data keyData(String id) {
    return new HeapData(key(id));
  }

  static byte[] value(TaskRecord record) {
    byte[] payload = header(TYPE_BYTES, record.length());
    record.copyTo(payload, CONTENT);
    return payload;
  }

  static byte[] value(byte[] content, int offset, int length) {
    return wrap(TYPE_BYTES, content, offset, length);
  }

  static byte[] key(byte[] content, int offset, int length) {
    return wrap(TYPE_TEXT, content, offset, length);
  }

  static String id(byte[] key) {
    return new String(key, CONTENT, key.length - CONTENT, StandardCharsets.UTF_8);
  }

  static TaskRecord record(byte[] value) {
    return TaskRecord.of(value, CONTENT);
  }

  private static byte[] wrap(int type, byte[] content, int offset, int length) {
    byte[] payload = header(type, length);
    System.arraycopy(content, offset, payload, CONTENT, length);
    return payload;
  }

  private static byte[] header(int type, int length) {
    byte[] payload = new byte[CONTENT + length];
    INT.set(payload, 4, type);
    INT.set(payload, 8, length);
    return payload;
  }
}
