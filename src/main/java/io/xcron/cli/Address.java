package io.xcron.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A path with its query, built from parts that may hold anything. */
final class Address {
  private final StringBuilder text;
  private char before = '?';

  private Address(String start) {
    text = new StringBuilder(start);
  }

  /** Starts with what needs no escaping, such as {@code /api/v1/tasks}. */
  static Address of(String start) {
    return new Address(start);
  }

  Address segment(String value) {
    text.append('/').append(escaped(value));
    return this;
  }

  /** Leaves the parameter out when there is no value. */
  Address query(String name, @Nullable Object value) {
    if (value != null) {
      text.append(before).append(name).append('=').append(escaped(value.toString()));
      before = '&';
    }
    return this;
  }

  private static String escaped(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
