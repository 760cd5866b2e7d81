package io.xcron.node;

import io.xcron.target.Handlers;

/**
 * What a host application makes of its member.
 *
 * @param http whether the door opens; without it the host is the only one who can ask for anything
 * @param handlers the Java code that runs may call on this member
 */
public record Embedding(boolean http, Handlers handlers) {
  /** A member of its own, with a door and without code of a host. */
  public static final Embedding NONE = new Embedding(true, Handlers.NONE);
}
