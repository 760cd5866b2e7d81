package io.xcron.model;

import java.nio.charset.StandardCharsets;

/**
 * Reads the searchable texts of a definition and passes over the rest, because making the whole
 * {@link Task} of each record took a quarter of the time of an import. Follows the layout of {@link
 * TaskCodec}.
 */
final class TaskSkimmer {
  private static final byte[] DEFAULT_NAMESPACE =
      Task.DEFAULT_NAMESPACE.getBytes(StandardCharsets.UTF_8);

  private TaskSkimmer() {}

  static void texts(ByteSource source, TaskTexts texts) {
    int present = source.getCount();
    skipSchedule(source);
    skipTarget(source);
    byte[] bytes = source.bytes();
    if ((present & TaskCodec.NAMESPACE) == 0) {
      texts.namespace(DEFAULT_NAMESPACE, 0, DEFAULT_NAMESPACE.length);
    } else {
      int length = source.skipText();
      texts.namespace(bytes, source.position() - length, length);
    }
    if ((present & TaskCodec.NAME) != 0) {
      int length = source.skipText();
      texts.name(bytes, source.position() - length, length);
    }
    if ((present & TaskCodec.LABELS) != 0) {
      for (int left = source.getCount(); left > 0; left--) {
        int keyLength = source.skipText();
        int key = source.position() - keyLength;
        int valueLength = source.skipText();
        texts.label(bytes, key, keyLength, source.position() - valueLength, valueLength);
      }
    }
  }

  private static void skipSchedule(ByteSource source) {
    int kind = source.getByte();
    switch (kind) {
      case 1, 2, 3 -> source.getUnsigned();
      case 5 -> {}
      case 4 -> {
        source.skipText();
        source.skipText();
        source.getByte();
        source.getByte();
      }
      default -> throw new IllegalArgumentException("no schedule has kind " + kind);
    }
  }

  private static void skipTarget(ByteSource source) {
    int kind = source.getByte();
    switch (kind) {
      case 1 -> skipHttp(source);
      case 2 -> {
        source.skipText();
        source.skipOptionalText();
        source.skipOptionalText();
        source.getUnsigned();
      }
      case 3 -> {
        source.skipText();
        for (int left = 2 * source.getCount(); left > 0; left--) {
          source.skipText();
        }
        if (source.getByte() >= 2) {
          source.skipText();
        }
        source.getUnsigned();
      }
      case 4 -> {
        source.skipText();
        source.skipOptionalText();
      }
      default -> throw new IllegalArgumentException("no target has kind " + kind);
    }
  }

  private static void skipHttp(ByteSource source) {
    source.skipText();
    source.skipOptionalText();
    for (int left = source.getCount(); left > 0; left--) {
      source.skipText();
      source.getByte();
      source.skipText();
    }
    source.skipOptionalText();
    source.getUnsigned();
  }
}
