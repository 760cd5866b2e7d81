package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.xcron.model.InvalidTaskException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the value under the parser as what a field must be, or says which field is wrong and how.
 */
final class In {
  private In() {}

  static boolean isNull(JsonParser json) {
    return json.currentToken() == JsonToken.VALUE_NULL;
  }

  static void requireObject(JsonParser json, String field) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw new InvalidTaskException(field, "must be an object");
    }
  }

  static InvalidTaskException unknown(String field) {
    return new InvalidTaskException(Texts.clip(field), "is not a field that there is");
  }

  static String text(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw new InvalidTaskException(field, "must be a string");
    }
    String text = json.getText();
    if (!Texts.isWellFormed(text)) {
      throw new InvalidTaskException(field, "holds half of a surrogate pair");
    }
    return text;
  }

  static @Nullable String optionalText(JsonParser json, String field) throws IOException {
    return isNull(json) ? null : text(json, field);
  }

  static boolean truth(JsonParser json, String field) {
    if (json.currentToken() == JsonToken.VALUE_TRUE) {
      return true;
    }
    if (json.currentToken() == JsonToken.VALUE_FALSE) {
      return false;
    }
    throw new InvalidTaskException(field, "must be true or false");
  }

  static long number(JsonParser json, String field, long min, long max) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
        && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      long value = json.getLongValue();
      if (value >= min && value <= max) {
        return value;
      }
    }
    throw new InvalidTaskException(
        field,
        max == Long.MAX_VALUE
            ? "must be a whole number of at least " + min
            : "must be a whole number from " + min + " to " + max);
  }

  static Duration duration(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw new InvalidTaskException(field, "must be a duration such as \"10s\" or \"1h30m\"");
    }
    return Texts.parseDuration(field, json.getText());
  }

  static @Nullable Duration optionalDuration(JsonParser json, String field) throws IOException {
    return isNull(json) ? null : duration(json, field);
  }

  static Instant instant(JsonParser json, String field) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      return Instant.ofEpochMilli(number(json, field, 0, Texts.LAST_MILLIS));
    }
    if (json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
      // A double is finer than a microsecond at such sizes.
      double millis = Math.floor(json.getDoubleValue());
      if (millis >= 0 && millis <= Texts.LAST_MILLIS) {
        return Instant.ofEpochMilli((long) millis);
      }
      throw new InvalidTaskException(field, "must be a number from 0 to " + Texts.LAST_MILLIS);
    }
    if (json.currentToken() == JsonToken.VALUE_STRING) {
      return Texts.parseInstant(field, json.getText());
    }
    throw new InvalidTaskException(
        field, "must be an instant: RFC 3339, or milliseconds since 1970 as a number");
  }

  static @Nullable Instant optionalInstant(JsonParser json, String field) throws IOException {
    return isNull(json) ? null : instant(json, field);
  }

  /** An object of strings. */
  static Map<String, String> texts(JsonParser json, String field) throws IOException {
    requireObject(json, field);
    Map<String, String> texts = new LinkedHashMap<>(4);
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      requireWellFormed(field, name);
      if (json.currentToken() != JsonToken.VALUE_STRING) {
        throw new InvalidTaskException(Texts.clip(field + "." + name), "must be a string");
      }
      texts.put(name, text(json, field));
    }
    return texts;
  }

  static void requireWellFormed(String field, String name) {
    if (!Texts.isWellFormed(name)) {
      throw new InvalidTaskException(field, "holds half of a surrogate pair");
    }
  }

  /** An array of strings. */
  static List<String> list(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new InvalidTaskException(field, "must be an array of strings");
    }
    List<String> texts = new ArrayList<>(2);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      texts.add(text(json, field));
    }
    return texts;
  }
}
