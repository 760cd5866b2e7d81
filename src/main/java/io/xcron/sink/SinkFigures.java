package io.xcron.sink;

import io.xcron.journal.RunTail;
import java.lang.System.Logger;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the sink counts and says. Written by its thread, read by any. */
final class SinkFigures {
  private static final Logger LOG = System.getLogger(RunSink.class.getName());

  /** How often the same trouble is logged. */
  private static final long SAY_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final int MAX_WORDS = 300;
  private static final int MAX_CHAIN = 1_000;

  private long rows;
  private long refused;
  private long failures;
  private long droppedBefore;
  private @Nullable RunTail reading;
  private @Nullable String trouble;
  private long saidNanos;
  private long saidDropped;
  private long wellNanos = System.nanoTime();
  private boolean all = true;

  synchronized void reading(RunTail tail) {
    reading = tail;
  }

  /** A tail is put aside, and its count with it. */
  synchronized void droppedBefore(@Nullable RunTail old) {
    droppedBefore += old == null ? 0 : old.dropped();
    reading = null;
  }

  synchronized void committed(int count) {
    rows += count;
  }

  synchronized void refused(String what, Exception e) {
    if (refused++ == 0) {
      LOG.log(
          Logger.Level.WARNING,
          "{0} and is left out of the database; further ones are only counted: {1}",
          what,
          brief(e));
    }
  }

  synchronized void well(boolean allSent) {
    if (trouble != null) {
      LOG.log(Logger.Level.INFO, "run records reach their database again");
    }
    trouble = null;
    all = allSent;
    if (allSent) {
      wellNanos = System.nanoTime();
    }
    sayDropped();
  }

  synchronized void failed(Exception e) {
    failures++;
    all = false;
    long now = System.nanoTime();
    if (trouble == null || now - saidNanos >= SAY_AGAIN_NANOS) {
      saidNanos = now;
      LOG.log(
          Logger.Level.WARNING,
          "run records do not reach their database and wait in the run store: {0}",
          brief(e));
    }
    trouble = brief(e);
    sayDropped();
  }

  /** Why, without the statement and the records in it, which drivers like to add. */
  private static String brief(Exception e) {
    Throwable cause = e;
    if (e instanceof SQLException failure) {
      SQLException last = failure;
      SQLException next = last.getNextException();
      for (int step = 0; next != null && step < MAX_CHAIN; step++) {
        last = next;
        next = next.getNextException();
      }
      cause = last;
    }
    String line = cause.toString().lines().findFirst().orElse("");
    return line.length() <= MAX_WORDS ? line : line.substring(0, MAX_WORDS) + "…";
  }

  private void sayDropped() {
    long dropped = dropped();
    if (dropped > saidDropped) {
      LOG.log(
          Logger.Level.WARNING,
          "{0} run records were dropped by the run store''s retention before they reached their"
              + " database",
          dropped - saidDropped);
      saidDropped = dropped;
    }
  }

  private long dropped() {
    return droppedBefore + (reading == null ? 0 : reading.dropped());
  }

  synchronized SinkStats stats() {
    Duration behind = all ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - wellNanos);
    return new SinkStats(rows, refused, dropped(), failures, behind, trouble);
  }
}
