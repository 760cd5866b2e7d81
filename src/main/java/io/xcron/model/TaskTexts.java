package io.xcron.model;

/** Hears the texts of a definition that a search can ask for. */
public interface TaskTexts {
  void namespace(String namespace);

  /** Not called for a task without a name. */
  void name(String name);

  void label(String key, String value);
}
