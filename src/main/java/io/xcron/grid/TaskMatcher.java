package io.xcron.grid;

import io.xcron.model.TaskRecord;
import io.xcron.model.TaskTexts;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares records with a filter, without making anything of them: a search of a million tasks may
 * have to look at half of them. One for each search.
 *
 * <p>A text and a beginning of ASCII, which nearly all are, are compared as bytes. Others are made
 * strings, so that their case is folded as Java does.
 */
final class TaskMatcher implements TaskTexts {
  private final byte @Nullable [] namespace;
  private final byte[][] keys;
  private final byte[][] values;
  private final @Nullable String prefix;

  /** The folded prefix if it is ASCII. */
  private final byte @Nullable [] plain;

  private boolean namespaceFits;
  private boolean wordFound;
  private int labelsFound;

  TaskMatcher(TaskFilter filter) {
    namespace = filter.namespace() == null ? null : utf8(filter.namespace());
    keys = new byte[filter.labels().size()][];
    values = new byte[keys.length][];
    int next = 0;
    for (Map.Entry<String, String> label : filter.labels().entrySet()) {
      keys[next] = utf8(label.getKey());
      values[next++] = utf8(label.getValue());
    }
    prefix = filter.prefix() == null ? null : fold(filter.prefix());
    plain = prefix != null && ascii(utf8(prefix), 0, utf8(prefix).length) ? utf8(prefix) : null;
  }

  /** Whether the task fits all but the state. */
  boolean fits(byte[] key, TaskRecord record) {
    namespaceFits = namespace == null;
    labelsFound = 0;
    wordFound = prefix == null || hasWord(key, Payload.CONTENT, key.length - Payload.CONTENT);
    record.texts(this);
    return namespaceFits && wordFound && labelsFound == keys.length;
  }

  @Override
  public void namespace(byte[] utf8, int from, int length) {
    namespaceFits |= namespace != null && same(namespace, utf8, from, length);
  }

  @Override
  public void name(byte[] utf8, int from, int length) {
    wordFound = wordFound || hasWord(utf8, from, length);
  }

  @Override
  public void label(byte[] utf8, int keyFrom, int keyLength, int valueFrom, int valueLength) {
    for (int i = 0; i < keys.length; i++) {
      if (same(keys[i], utf8, keyFrom, keyLength)
          && same(values[i], utf8, valueFrom, valueLength)) {
        labelsFound++;
      }
    }
  }

  private boolean hasWord(byte[] utf8, int from, int length) {
    byte[] wanted = plain;
    if (wanted == null || !ascii(utf8, from, length)) {
      return hasWord(new String(utf8, from, length, StandardCharsets.UTF_8));
    }
    for (int at = from; at <= from + length - wanted.length; at++) {
      if ((at == from || !letterOrDigit(utf8[at - 1])) && begins(utf8, at, wanted)) {
        return true;
      }
    }
    return false;
  }

  private boolean hasWord(String text) {
    String wanted = prefix == null ? "" : prefix;
    String folded = fold(text);
    for (int at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
      if (beginsWord(folded, at)) {
        return true;
      }
    }
    return false;
  }

  private static boolean begins(byte[] text, int at, byte[] wanted) {
    for (int i = 0; i < wanted.length; i++) {
      int letter = text[at + i];
      if ((letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean letterOrDigit(byte ascii) {
    return (ascii >= 'a' && ascii <= 'z')
        || (ascii >= '0' && ascii <= '9')
        || (ascii >= 'A' && ascii <= 'Z');
  }

  private static boolean ascii(byte[] utf8, int from, int length) {
    for (int at = from; at < from + length; at++) {
      if (utf8[at] < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean same(byte[] wanted, byte[] utf8, int from, int length) {
    return Arrays.equals(wanted, 0, wanted.length, utf8, from, from + length);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Texts are compared without case. */
  static String fold(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Whether a word begins there. */
  static boolean beginsWord(String text, int at) {
    return at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1));
  }
}
