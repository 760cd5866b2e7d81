package io.xcron.node;

/** A setting with which the member does not start. The message names the setting and the remedy. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConfigurationException(String message) {
    super(message);
  }
}
