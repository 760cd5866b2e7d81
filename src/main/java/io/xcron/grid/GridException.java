package io.xcron.grid;

import java.util.concurrent.CompletionException;

/** A write or read that the grid could not promise. */
public final class GridException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What the caller may conclude. */
  public enum Kind {
    /**
     * Surely not stored: no grant, draining, overloaded, or too little disk. The caller may try
     * again.
     */
    NOT_ACCEPTED,
    /** May be stored. */
    UNKNOWN
  }

  private final Kind kind;
  private final boolean elsewhere;

  public GridException(Kind kind, String message) {
    this(kind, message, false);
  }

  private GridException(Kind kind, String message, boolean elsewhere) {
    super(message);
    this.kind = kind;
    this.elsewhere = elsewhere;
  }

  /** Surely not stored, as this member does not act for the partition; another one may soon. */
  static GridException notHere(String message) {
    return new GridException(Kind.NOT_ACCEPTED, message, true);
  }

  /** What Hazelcast itself fails with says nothing of whether the write was done. */
  static Throwable translated(Throwable error) {
    Throwable cause = unwrapped(error);
    return cause instanceof GridException
        ? cause
        : new GridException(Kind.UNKNOWN, "the operation failed: " + cause);
  }

  static Throwable unwrapped(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  public Kind kind() {
    return kind;
  }

  /** Whether it is worth to ask again, maybe another member. */
  boolean elsewhere() {
    return elsewhere;
  }
}
