package io.xcron.model;

/**
 * Hears the texts of a definition that a search can ask for: as the bytes of their UTF-8 where they
 * lie, because most records that are looked at are not what is searched for. The arrays are not to
 * be changed or kept.
 */
public interface TaskTexts {
  void namespace(byte[] utf8, int from, int length);

  /** Not called for a task without a name. */
  void name(byte[] utf8, int from, int length);

  void label(byte[] utf8, int keyFrom, int keyLength, int valueFrom, int valueLength);
}
