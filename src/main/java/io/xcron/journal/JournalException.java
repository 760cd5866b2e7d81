package io.xcron.journal;

/** Why a journal does not open, in a sentence an operator can act on. */
public abstract sealed class JournalException extends RuntimeException {

  JournalException(String message) {
    super(message);
  }

  JournalException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Another process, or this one, has the directory open. */
  public static final class Locked extends JournalException {
    Locked(String message) {
      super(message);
    }
  }

  /** The store belongs to another cluster, or has another partition count or mode. */
  public static final class Mismatch extends JournalException {
    Mismatch(String message) {
      super(message);
    }
  }

  /** The files were written by a newer version of this program. */
  public static final class NewerFormat extends JournalException {
    NewerFormat(String message) {
      super(message);
    }
  }

  /** Records that were acknowledged are not on the disk any more. */
  public static final class LostRecords extends JournalException {
    private final long batches;

    LostRecords(String message, long batches) {
      super(message);
      this.batches = batches;
    }

    /** How many acknowledged batches are missing. */
    public long batches() {
      return batches;
    }
  }

  /** The files are not what this program wrote. */
  public static final class Corrupt extends JournalException {
    Corrupt(String message) {
      super(message);
    }

    Corrupt(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The operating system refused to read or write. */
  public static final class Disk extends JournalException {
    Disk(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
