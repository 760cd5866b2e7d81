package io.xcron.http;

import java.util.Set;

/**
 * Who sends a request.
 *
 * @param name of the token; {@link #NOBODY} without one
 * @param namespaces whose tasks there are for this caller; empty for all
 */
record Caller(String name, Role role, Set<String> namespaces) {
  static final String NOBODY = "anonymous";

  /** Where no token is asked for. */
  static final Caller ANYBODY = new Caller(NOBODY, Role.ADMIN, Set.of());

  /** At the open doors: health and the files of the console. */
  static final Caller PASSER_BY = new Caller(NOBODY, Role.READ, Set.of());

  boolean everywhere() {
    return namespaces.isEmpty();
  }

  boolean sees(String namespace) {
    return namespaces.isEmpty() || namespaces.contains(namespace);
  }

  /**
   * The role that a route asks for.
   *
   * @throws Problem forbidden with a lesser one
   */
  void require(Role needed) {
    if (role.compareTo(needed) < 0) {
      throw Problem.of(
          Code.FORBIDDEN,
          switch (needed) {
            case READ -> "this token may not read";
            case WRITE -> "this token may read only";
            case ADMIN -> "this is for tokens with the role admin";
          });
    }
  }

  /**
   * The namespace of a task that is to be written.
   *
   * @throws Problem forbidden when it is none of the caller's
   */
  void requireNamespace(String namespace) {
    if (!sees(namespace)) {
      throw Problem.of(Code.FORBIDDEN, "this token is not for namespace " + Texts.clip(namespace));
    }
  }

  /**
   * An answer that would tell of all namespaces together.
   *
   * @throws Problem forbidden when some are not the caller's
   */
  void requireEverywhere(String what) {
    if (!everywhere()) {
      throw Problem.of(Code.FORBIDDEN, what + " is for tokens of all namespaces");
    }
  }
}
