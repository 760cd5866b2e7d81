package io.xcron.journal;

import java.nio.file.Path;

/** Placeholder of the signatures; filled in by the next commit. */
public abstract class Journal implements AppendLog, AutoCloseable {
  public abstract JournalIdentity identity();

  public abstract Recovered recovered();

  public abstract JournalStats stats();

  /** Copies the live journal to an empty directory, consistent as of a moment during the call. */
  public abstract void backup(Path targetDirectory);

  @Override
  public abstract void close();
}
