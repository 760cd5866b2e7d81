package io.xcron.model;

/**
 * The value of a callback's header: written out, or the name of a secret in the configuration,
 * which is never shown.
 */
public sealed interface HeaderValue {
  record Plain(String text) implements HeaderValue {}

  record Secret(String name) implements HeaderValue {}
}
