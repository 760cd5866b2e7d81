package io.xcron.node;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcron.http.ClusterControl;
import io.xcron.http.ClusterControl.Refused;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalBackup;
import io.xcron.journal.JournalStats;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Copies of this member's live journal, each a directory below {@code backups} in the data
 * directory. One is made at a time, by a thread of its own. A directory has its name only when it
 * is complete; what a killed process left of one is deleted when the next begins.
 */
final class Backups implements AutoCloseable {
  static final String FOLDER = "backups";

  /**
   * What must stay free beside a copy: twice the room below which the journal takes no new tasks,
   * because the log grows while it is copied.
   */
  private static final long MARGIN_BYTES = 128L << 20;

  private static final Duration END = Duration.ofSeconds(5);
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final Logger LOG = System.getLogger(Backups.class.getName());

  private final Path directory;
  private final Supplier<Journal> journal;
  private final LongSupplier slice;
  private @Nullable Job last;
  private boolean closed;

  private record Job(ClusterControl.Backup backup, Instant begun, Thread thread) {}

  /**
   * @param journal that of the moment
   * @param slice the current one, negative if none was seen
   */
  Backups(Path dataDirectory, Supplier<Journal> journal, LongSupplier slice) {
    this.directory = dataDirectory.toAbsolutePath().normalize().resolve(FOLDER);
    this.journal = journal;
    this.slice = slice;
  }

  /**
   * Begins one; see {@link ClusterControl#backup}.
   *
   * @param now for the name, if none is given
   */
  synchronized ClusterControl.Backup begin(@Nullable String given, Instant now) {
    Job before = last;
    String name = given == null ? NAME.format(now) : given;
    Path target = directory.resolve(name);
    if (!directory.equals(target.normalize().getParent())) {
      throw new IllegalArgumentException("a name leads out of " + directory + ": " + name);
    }
    if (before != null && !before.backup().copy().isDone()) {
      throw new Refused(
          Refused.Why.CONFLICT,
          "the backup " + before.backup().name() + " is being made, and one is made at a time");
    }
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new Refused(Refused.Why.CONFLICT, "there is a backup " + name + " already");
    }
    Journal source = journal.get();
    if (closed || !source.state().accepts()) {
      throw new Refused(
          Refused.Why.NOT_NOW,
          closed ? "this member is stopping" : "the journal is " + source.state());
    }
    Path partial = directory.resolve(".partial-" + source.identity().store());
    try {
      Files.createDirectories(directory);
      delete(partial);
      requireRoom(source.stats());
    } catch (IOException e) {
      throw new Refused(Refused.Why.NOT_NOW, "the directory " + directory + " is no use: " + e);
    }
    ClusterControl.Backup backup =
        new ClusterControl.Backup(name, target, new CompletableFuture<>());
    Thread thread =
        Thread.ofPlatform()
            .name("xcron-backup")
            .daemon()
            .unstarted(() -> make(source, partial, backup));
    last = new Job(backup, now, thread);
    thread.start();
    return backup;
  }

  private void requireRoom(JournalStats stats) throws IOException {
    long needed = stats.logBytes() + stats.checkpointBytes();
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < needed + MARGIN_BYTES) {
      throw new Refused(
          Refused.Why.NOT_NOW,
          "a copy takes about "
              + (needed >> 20)
              + " MB, and "
              + (MARGIN_BYTES >> 20)
              + " MB must stay free beside it; "
              + (free >> 20)
              + " MB are free in "
              + directory);
    }
  }

  private void make(Journal source, Path partial, ClusterControl.Backup backup) {
    long begun = System.nanoTime();
    long sliceThen = slice.getAsLong();
    try {
      JournalBackup made = source.backup(partial);
      Files.move(partial, backup.path(), StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
        folder.force(true);
      }
      long took = (System.nanoTime() - begun) / 1_000_000;
      LOG.log(
          Logger.Level.INFO, "backup {0}: {1} bytes in {2} ms", backup.path(), made.bytes(), took);
      backup
          .copy()
          .complete(new ClusterControl.Copy(made.bytes(), made.lastBatch(), sliceThen, took));
    } catch (IOException | RuntimeException e) {
      LOG.log(Logger.Level.WARNING, "the backup " + backup.name() + " failed", e);
      leaveNothing(partial);
      backup.copy().completeExceptionally(e);
    } finally {
      // After an error of the machine too, or none could be begun any more; nothing if it has
      // ended.
      backup.copy().completeExceptionally(new IllegalStateException("the thread ended early"));
    }
  }

  private static void leaveNothing(Path partial) {
    try {
      delete(partial);
    } catch (IOException e) {
      LOG.log(Logger.Level.WARNING, "the next backup deletes " + partial, e);
    }
  }

  private static void delete(Path partial) throws IOException {
    if (Files.isDirectory(partial, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> files = Files.list(partial)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(partial);
    }
  }

  /** What is known of the last one of this start of the process, for anybody; null before one. */
  synchronized @Nullable ObjectNode describe() {
    Job job = last;
    if (job == null) {
      return null;
    }
    CompletableFuture<ClusterControl.Copy> copy = job.backup().copy();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("name", job.backup().name()).put("begun", job.begun().toString());
    switch (copy.state()) {
      case RUNNING -> node.put("state", "running");
      case SUCCESS ->
          node.put("state", "done")
              .put("bytes", copy.resultNow().bytes())
              .put("sequence", copy.resultNow().sequence());
      case FAILED, CANCELLED -> node.put("state", "failed");
    }
    return node;
  }

  /** Ends the one that is being made, within some seconds. */
  @Override
  public void close() {
    Thread thread;
    synchronized (this) {
      closed = true;
      thread = last == null ? null : last.thread();
    }
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      if (!thread.join(END)) {
        LOG.log(Logger.Level.WARNING, "a backup does not end; nothing uses what it has written");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
