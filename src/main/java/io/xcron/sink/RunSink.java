package io.xcron.sink;

import io.xcron.journal.RunStore;
import io.xcron.journal.RunTail;
import io.xcron.journal.StoredRun;
import io.xcron.model.RunCodec;
import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends what a run store takes in to a database, on a thread of its own. A record is there about a
 * second after its run ended; while the database is away, records wait in the store, and the oldest
 * go when its retention is over: they are counted, and said.
 *
 * <p>After a failure the connection is given up, and the same batch is tried again after a pause
 * that doubles up to a bound, for as long as the sink is open. A record that the database refuses
 * for what is in it is left out and counted, so that it does not hold up those behind it.
 */
public final class RunSink implements AutoCloseable {
  private static final Logger LOG = System.getLogger(RunSink.class.getName());

  private static final int BATCH_BYTES = 1 << 20;
  private static final Duration FLUSH = Duration.ofSeconds(30);

  private static final Comparator<Column.Row> BY_KEY =
      Comparator.comparing((Column.Row row) -> row.run().taskId())
          .thenComparingLong(row -> row.run().generation())
          .thenComparingLong(row -> row.run().number());

  private final RunStore store;
  private final Path directory;
  private final SinkConfig config;
  private final Thread thread;
  private final SinkFigures figures = new SinkFigures();
  private volatile boolean closing;
  private volatile long farewellNanos;
  private @Nullable SinkPlace place;
  private @Nullable RunTail tail;
  private @Nullable Database database;

  /** What was read and is not committed yet. */
  private Batch batch = Batch.none(0);

  /**
   * Rows, and the place after them.
   *
   * @param full whether there may be more in the store
   */
  private record Batch(List<Column.Row> rows, long done, boolean full) {
    static Batch none(long done) {
      return new Batch(List.of(), done, false);
    }

    /** The same after a failure: more may have come meanwhile. */
    Batch again() {
      return new Batch(rows, done, true);
    }
  }

  private RunSink(RunStore store, Path directory, SinkConfig config) {
    this.store = store;
    this.directory = directory;
    this.config = config;
    thread = Thread.ofPlatform().name("xcron-sink").daemon().unstarted(this::run);
  }

  /**
   * Begins to send; connects in the background.
   *
   * @param directory that of the store; a small file is kept in it
   */
  public static RunSink open(RunStore store, Path directory, SinkConfig config) {
    RunSink sink = new RunSink(store, directory, config);
    sink.thread.start();
    LOG.log(Logger.Level.INFO, "run records are also sent to {0}", config);
    return sink;
  }

  private void run() {
    Duration pause = config.pauses().first();
    while (!closing) {
      try {
        boolean more = send();
        pause = config.pauses().first();
        if (!more) {
          rest(config.look());
        }
      } catch (SQLException | IOException | RuntimeException e) {
        failed(e);
        rest(pause);
        Duration doubled = pause.multipliedBy(2);
        pause =
            doubled.compareTo(config.pauses().longest()) < 0 ? doubled : config.pauses().longest();
      }
    }
    sayFarewell();
    disconnect();
  }

  /** Sends one batch, if there is any; whether there may be more. */
  private boolean send() throws SQLException, IOException {
    SinkPlace here = place == null ? found() : place;
    RunTail from = tail == null ? begun(here.done()) : tail;
    Database open = database;
    if (open == null) {
      open = Database.open(config, here.source().toString());
      database = open;
      long there = open.done();
      if (there < here.done()) {
        // It is another database, or an older state of it: what it lacks may be here still.
        from = begun(Math.min(there, from.done()));
        batch = Batch.none(from.done());
      }
    }
    if (batch.rows().isEmpty()) {
      batch = read(from);
    }
    Batch sending = batch;
    if (!sending.rows().isEmpty() || sending.done() != here.done()) {
      commit(open, sending);
      remember(here, sending.done());
    }
    batch = Batch.none(sending.done());
    figures.well(!sending.full());
    return sending.full();
  }

  /** Where this store stands; what a former process has left must be in it first. */
  private SinkPlace found() throws IOException {
    try {
      store.flush().get(FLUSH.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the run records of a former process are not read yet", e);
    }
    place = SinkPlace.read(directory);
    return place;
  }

  private RunTail begun(long done) {
    figures.droppedBefore(tail);
    RunTail begun = store.tail(done);
    tail = begun;
    figures.reading(begun);
    return begun;
  }

  private Batch read(RunTail from) {
    List<StoredRun> found = from.next(config.batchRows(), BATCH_BYTES);
    Map<Column.Row, Column.Row> newest = new TreeMap<>(BY_KEY);
    int bytes = 0;
    for (StoredRun one : found) {
      bytes += one.payload().length;
      try {
        RunCodec.Kept kept = RunCodec.decode(one.payload(), 0);
        Column.Row row =
            new Column.Row(config.cluster(), kept.namespace(), kept.run(), one.sequence());
        newest.merge(row, row, (old, other) -> other.sequence() > old.sequence() ? other : old);
      } catch (RuntimeException e) {
        figures.refused("a record cannot be read", e);
      }
    }
    return new Batch(
        List.copyOf(newest.values()),
        from.done(),
        found.size() == config.batchRows() || bytes >= BATCH_BYTES);
  }

  private void commit(Database open, Batch next) throws SQLException {
    try {
      open.write(next.rows(), next.done());
      figures.committed(next.rows().size());
    } catch (SQLException e) {
      if (next.rows().isEmpty() || !open.refuses(e)) {
        throw e;
      }
      commitEach(open, next.rows(), next.done());
    }
  }

  /** Finds the rows that the database does not take, and leaves them out. */
  private void commitEach(Database open, Collection<Column.Row> rows, long done)
      throws SQLException {
    // The place last: those before it are sent again if this is broken off.
    long before = place == null ? 0 : Math.min(place.done(), done);
    for (Column.Row row : rows) {
      try {
        open.write(List.of(row), before);
        figures.committed(1);
      } catch (SQLException e) {
        if (!open.refuses(e)) {
          throw e;
        }
        figures.refused(
            "run " + row.run().number() + " of task " + row.run().taskId() + " is refused", e);
      }
    }
    open.write(List.of(), done);
  }

  /** The place lies in the database too; an older file only has more sent again after a start. */
  private void remember(SinkPlace here, long done) {
    if (here.done() != done) {
      SinkPlace next = new SinkPlace(here.source(), done);
      place = next;
      try {
        next.write(directory);
      } catch (IOException e) {
        LOG.log(Logger.Level.WARNING, "the place in the records could not be written down", e);
      }
    }
  }

  private void failed(Exception e) {
    figures.failed(e);
    batch = batch.again();
    disconnect();
  }

  private void disconnect() {
    Database old = database;
    database = null;
    if (old == null) {
      return;
    }
    try {
      old.close();
    } catch (SQLException e) {
      LOG.log(Logger.Level.DEBUG, "a broken connection to the database could not be closed", e);
    }
  }

  private void rest(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0 && !closing; left = until - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
    }
  }

  /** What the last runs left behind goes with the member, if the database is there. */
  private void sayFarewell() {
    if (database == null) {
      return;
    }
    try {
      found();
      while (System.nanoTime() - farewellNanos < 0 && send()) {}
    } catch (SQLException | IOException | RuntimeException e) {
      LOG.log(Logger.Level.INFO, "the last run records are sent at the next start: {0}", e);
    }
  }

  public SinkStats stats() {
    return figures.stats();
  }

  /**
   * What an operator must know; null when all is well.
   *
   * @param patience troubles that are younger are none yet
   */
  public @Nullable String warning(Duration patience) {
    SinkStats stats = stats();
    String trouble = stats.trouble();
    if (trouble != null && stats.behind().compareTo(patience) >= 0) {
      return "run records have not reached their database for "
          + stats.behind().toSeconds()
          + " s and wait in the run store: "
          + trouble
          + (stats.dropped() > 0 ? "; " + stats.dropped() + " were dropped since the start" : "");
    }
    return stats.dropped() > 0
        ? stats.dropped()
            + " run records were dropped since the start of this member before they reached their"
            + " database"
        : null;
  }

  /** Sends what is left, within bounds, and lets go of the database. Close the store after it. */
  @Override
  public void close() {
    farewellNanos = System.nanoTime() + config.farewell().toNanos();
    closing = true;
    LockSupport.unpark(thread);
    try {
      // A driver that hangs must not keep the process: the thread is a daemon.
      thread.join(config.farewell().plus(config.farewell()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
