package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parameters after the question mark, strictly decoded. */
final class Query {
  private static final Query EMPTY = new Query(List.of(), List.of());
  private static final int MAX_PARAMETERS = 64;

  private final List<String> names;
  private final List<String> values;

  private Query(List<String> names, List<String> values) {
    this.names = names;
    this.values = values;
  }

  static Query parse(@Nullable String raw) {
    if (raw == null || raw.isEmpty()) {
      return EMPTY;
    }
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    int start = 0;
    while (start <= raw.length()) {
      int end = raw.indexOf('&', start);
      end = end < 0 ? raw.length() : end;
      if (end > start) {
        if (names.size() == MAX_PARAMETERS) {
          throw Problem.of(Code.MALFORMED, "more than " + MAX_PARAMETERS + " query parameters");
        }
        int equals = raw.indexOf('=', start);
        boolean bare = equals < 0 || equals > end;
        names.add(decode(raw.substring(start, bare ? end : equals), true));
        values.add(bare ? "" : decode(raw.substring(equals + 1, end), true));
      }
      start = end + 1;
    }
    return new Query(names, values);
  }

  /**
   * Refuses parameters that are not among these: a misspelt filter must not select everything.
   * Where {@code stale} is among them, it must be a truth value also where nothing is staler.
   */
  void allowOnly(String... allowed) {
    for (String name : names) {
      if (!List.of(allowed).contains(name)) {
        throw Problem.invalid(
            Texts.clip(name), "is not a parameter here; there are " + String.join(", ", allowed));
      }
      if (name.equals("stale")) {
        var unused = flag(name);
      }
    }
  }

  /** These and those; a name may be in one of both only. */
  Query and(Query more) {
    for (String name : more.names) {
      if (names.contains(name)) {
        throw Problem.invalid(name, "must be in the query or in the body, not in both");
      }
    }
    List<String> allNames = new ArrayList<>(names);
    List<String> allValues = new ArrayList<>(values);
    allNames.addAll(more.names);
    allValues.addAll(more.values);
    return new Query(allNames, allValues);
  }

  /**
   * The fields of a JSON object as parameters: strings, and arrays of strings, which count as the
   * parameter repeated; {@code all} is a truth value and nothing else. A null, an empty array and
   * an empty text are refused, for they would select as if they were not there.
   */
  static Query ofFields(byte[] body) {
    return Json.object(body, Query::readFields);
  }

  private static Query readFields(JsonParser json) throws IOException {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      JsonToken token = json.nextToken();
      List<String> given =
          name.equals("all")
              ? List.of(Boolean.toString(In.truth(json, name)))
              : token == JsonToken.START_ARRAY
                  ? In.list(json, Texts.clip(name))
                  : List.of(In.text(json, Texts.clip(name)));
      if (given.isEmpty() || given.contains("")) {
        throw Problem.invalid(Texts.clip(name), "must not be empty");
      }
      if (names.size() + given.size() > MAX_PARAMETERS) {
        throw Problem.of(Code.MALFORMED, "more than " + MAX_PARAMETERS + " filters in the body");
      }
      for (String value : given) {
        names.add(name);
        values.add(value);
      }
    }
    return new Query(names, values);
  }

  /** The one value of a parameter; null when it is not there. */
  @Nullable String get(String name) {
    int index = names.indexOf(name);
    if (index >= 0 && names.lastIndexOf(name) != index) {
      throw Problem.invalid(name, "must be given once");
    }
    return index < 0 ? null : values.get(index);
  }

  List<String> all(String name) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).equals(name)) {
        found.add(values.get(i));
      }
    }
    return found;
  }

  boolean flag(String name) {
    String value = get(name);
    if (value == null || value.equals("false")) {
      return false;
    }
    if (value.isEmpty() || value.equals("true")) {
      return true;
    }
    throw Problem.invalid(name, "must be true or false");
  }

  int number(String name, int min, int max, int otherwise) {
    String value = get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw Problem.invalid(name, "must be a number from " + min + " to " + max);
    }
    throw Problem.invalid(name, "must be a number from " + min + " to " + max);
  }

  /** Decodes the escapes of a part of a path, or of a query, where a plus stands for a space. */
  static String decode(String raw, boolean plusIsSpace) {
    if (raw.indexOf('%') < 0 && (!plusIsSpace || raw.indexOf('+') < 0)) {
      return raw;
    }
    byte[] in = raw.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[in.length];
    int length = 0;
    for (int i = 0; i < in.length; i++) {
      byte b = in[i];
      if (b == '%') {
        int high = i + 2 <= in.length - 1 ? Character.digit(in[i + 1], 16) : -1;
        int low = i + 2 <= in.length - 1 ? Character.digit(in[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw Problem.of(Code.MALFORMED, "a % escape in the path or query is broken");
        }
        out[length++] = (byte) ((high << 4) | low);
        i += 2;
      } else {
        out[length++] = plusIsSpace && b == '+' ? (byte) ' ' : b;
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(out, 0, length)).toString();
    } catch (CharacterCodingException e) {
      throw Problem.of(Code.MALFORMED, "the escapes in the path or query are not UTF-8");
    }
  }
}
