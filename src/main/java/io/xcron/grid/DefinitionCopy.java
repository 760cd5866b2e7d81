package io.xcron.grid;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What this member knows of the registry. It learns in two ways: it hears of the entries that its
 * own replica gains and loses, from the recovery on; and it takes over the image that the owner
 * answers a refresh with. An image that was asked for before something was heard may be older than
 * that and is passed over; the next one will do.
 */
final class DefinitionCopy {
  /** Of a member that was never told an image. */
  static final long NO_TAG = 0;

  private static final int TAG = Long.BYTES;

  private final long nonce = UUID.randomUUID().getMostSignificantBits();
  private volatile Map<String, byte[]> entries = Map.of();
  private long heard;
  private long known = NO_TAG;
  private long asked;
  private long taken;

  /** A key of the registry's map as text. */
  static String keyOf(Registry.Kind kind, String name) {
    return kind.code() + ":" + name;
  }

  byte @Nullable [] get(Registry.Kind kind, String name) {
    return entries.get(keyOf(kind, name));
  }

  Map<String, byte[]> all(Registry.Kind kind) {
    String prefix = keyOf(kind, "");
    Map<String, byte[]> found = new TreeMap<>();
    entries.forEach(
        (key, content) -> {
          if (key.startsWith(prefix)) {
            found.put(key.substring(prefix.length()), content);
          }
        });
    return Collections.unmodifiableMap(found);
  }

  /** The own replica holds this now, or with null no more. On the partition's thread. */
  synchronized void observed(byte[] key, byte @Nullable [] value) {
    heard++;
    Map<String, byte[]> next = new TreeMap<>(entries);
    if (value == null) {
      next.remove(Payload.id(key));
    } else {
      next.put(Payload.id(key), Arrays.copyOfRange(value, Payload.CONTENT, value.length));
    }
    entries = next;
  }

  /**
   * A question to the owner.
   *
   * @param number of the question; an answer to an earlier one is passed over
   * @param heard how often something was heard before it
   * @param known which image this copy is; the owner answers another one only
   */
  record Question(long number, long heard, long known) {}

  synchronized Question ask() {
    return new Question(++asked, heard, known);
  }

  /** Names the state of the own replica: another one after each change, and on each member. */
  synchronized long tag() {
    long tag = nonce + heard;
    return tag == NO_TAG ? ~NO_TAG : tag;
  }

  /** The owner's answer: its tag, and all entries unless the caller knows that tag. */
  static byte[] image(long tag, long known, List<CopyEntry> entries) {
    if (tag == known) {
      return ByteBuffer.allocate(TAG).putLong(tag).array();
    }
    int size = TAG + Integer.BYTES;
    for (CopyEntry entry : entries) {
      size += 2 * Integer.BYTES + entry.key().length + valueOf(entry).length;
    }
    ByteBuffer image = ByteBuffer.allocate(size).putLong(tag).putInt(entries.size());
    for (CopyEntry entry : entries) {
      byte[] value = valueOf(entry);
      image.putInt(entry.key().length).put(entry.key()).putInt(value.length).put(value);
    }
    return image.array();
  }

  private static byte[] valueOf(CopyEntry entry) {
    return Objects.requireNonNull(entry.value(), "a removal is not listed");
  }

  /** Takes the image over that was answered to a question. */
  synchronized void take(byte[] image, Question question) {
    ByteBuffer bytes = ByteBuffer.wrap(image);
    long tag = bytes.getLong();
    if (heard != question.heard() || question.number() < taken) {
      return;
    }
    taken = question.number();
    if (!bytes.hasRemaining()) {
      return;
    }
    Map<String, byte[]> before = entries;
    Map<String, byte[]> next = new TreeMap<>();
    for (int left = bytes.getInt(); left > 0; left--) {
      byte[] key = part(bytes);
      byte[] value = part(bytes);
      byte[] content = Arrays.copyOfRange(value, Payload.CONTENT, value.length);
      byte[] same = before.get(Payload.id(key));
      next.put(Payload.id(key), Arrays.equals(same, content) ? same : content);
    }
    entries = next;
    known = tag;
  }

  private static byte[] part(ByteBuffer bytes) {
    byte[] part = new byte[bytes.getInt()];
    bytes.get(part);
    return part;
  }
}
