package io.xcron.http;

import io.xcron.model.InvalidTaskException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The words of an enumeration as the API writes them: lower case, a hyphen between parts. */
final class Words<E extends Enum<E>> {
  private final Map<String, E> values = new HashMap<>();
  private final Map<E, String> words;

  Words(Class<E> type) {
    words = new EnumMap<>(type);
    for (E value : type.getEnumConstants()) {
      String word = value.name().toLowerCase(Locale.ROOT).replace('_', '-');
      values.put(word, value);
      words.put(value, word);
    }
  }

  E parse(String field, String word) {
    E value = values.get(word);
    if (value == null) {
      throw new InvalidTaskException(
          field,
          "must be one of "
              + String.join(", ", words.values())
              + ", not \""
              + Texts.clip(word)
              + "\"");
    }
    return value;
  }

  String word(E value) {
    return Objects.requireNonNull(words.get(value));
  }
}
