package io.xcron.grid;

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

  public GridException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
