package io.xcron.history;

import io.xcron.grid.GridException;
import io.xcron.grid.Peers;
import io.xcron.history.RunFigures.Window;
import io.xcron.journal.RunStoreConfig;
import io.xcron.model.Time;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The past as all members keep it together: each its own records and lines, and for each of these a
 * copy on one other member. Questions are answered from those of all members; see {@link
 * SharedHistory}, {@link CopySender} and {@link Healing}. A member that is alone has the same with
 * nobody else in it.
 */
public final class HistoryCluster implements AutoCloseable {
  private static final long LOOK_MILLIS = 500;
  private static final Logger LOG = System.getLogger(HistoryCluster.class.getName());

  private final RunJournal runs;
  private final AuditLog audit;
  private final SharedHistory shared;
  private final CopySender runCopies;
  private final CopySender auditCopies;
  private final Healing healing;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("xcron-history-copies").daemon().factory());

  private HistoryCluster(
      RunJournal runs,
      AuditLog audit,
      SharedHistory shared,
      CopySender runCopies,
      CopySender auditCopies,
      Healing healing) {
    this.runs = runs;
    this.audit = audit;
    this.shared = shared;
    this.runCopies = runCopies;
    this.auditCopies = auditCopies;
    this.healing = healing;
  }

  /**
   * Where the lines of the audit trail are kept.
   *
   * @param maxAge lines that are older go, a file at a time
   * @param maxBytes that the files may take; at least 4 MB
   */
  public record AuditConfig(Path directory, Duration maxAge, long maxBytes) {}

  /**
   * Opens both stores of a member.
   *
   * @param address this member's, as it is named in answers
   * @param partitionOf in which partition a task lies
   * @param maxOutputBytes how much is kept of a run's output, in UTF-8
   * @param statistics counts this member's own records, and the copies beside them
   */
  public static HistoryCluster open(
      RunStoreConfig config,
      AuditConfig trail,
      Peers peers,
      String address,
      Time time,
      ToIntFunction<String> partitionOf,
      int maxOutputBytes,
      RunStatistics statistics) {
    CopySender runCopies = new CopySender(peers, CopyTaker.Store.RUNS);
    CopySender auditCopies = new CopySender(peers, CopyTaker.Store.AUDIT);
    RunJournal runs =
        RunJournal.open(config, time, partitionOf, maxOutputBytes, statistics, runCopies);
    AuditLog audit;
    try {
      audit =
          AuditLog.open(
              trail.directory(), trail.maxAge(), trail.maxBytes(), time::nowMillis, auditCopies);
    } catch (RuntimeException e) {
      runs.close();
      throw e;
    }
    SharedHistory shared = new SharedHistory(runs, audit, peers, address);
    Healing healing = new Healing(shared, runs, peers, time);
    HistoryCluster cluster =
        new HistoryCluster(runs, audit, shared, runCopies, auditCopies, healing);
    var unused =
        cluster.timer.scheduleWithFixedDelay(
            cluster::heal, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    return cluster;
  }

  /** Looks now for what others have and this member has lost. */
  void heal() {
    try {
      healing.look();
    } catch (RuntimeException e) {
      LOG.log(Logger.Level.WARNING, "Lost run records are looked for later", e);
    }
  }

  /** What this member keeps itself; also where its engine tells of runs. */
  public RunJournal local() {
    return runs;
  }

  /** The runs of all members. */
  public RunHistory runs() {
    return shared;
  }

  /** Takes lines here, and reads those of all members. */
  public AuditTrail audit() {
    return new AuditTrail() {
      @Override
      public void append(long atMillis, String line) {
        audit.append(atMillis, line);
      }

      @Override
      public CompletableFuture<Page> page(@Nullable String cursor, int limit) {
        return shared.lines(cursor, limit);
      }
    };
  }

  /** The lines of this member. */
  public AuditLog localAudit() {
    return audit;
  }

  /** Answers what other members ask. */
  public Peers.Answering answering() {
    return shared;
  }

  /**
   * The figures of all members' records in a window that ends now. Waits for the others, up to a
   * bounded time.
   */
  public RunFigures figures(Window window, long nowMillis) {
    try {
      return shared
          .figures(window, nowMillis)
          .get(2 * Gathering.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GridException(GridException.Kind.NOT_ACCEPTED, "this member is stopping");
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Logger.Level.WARNING, "The figures of all members could not be added up", e);
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED, "the figures could not be added up: " + e);
    }
  }

  /** Records of which no other member has got a copy. */
  public long uncopied() {
    return runCopies.uncopied() + auditCopies.uncopied();
  }

  /** Records of which another member has acknowledged its copy. */
  public long copied() {
    return runCopies.sent() + auditCopies.sent();
  }

  /** Gives others the copies that still wait, as long as that may take; before they are left. */
  public void handOver(Duration atMost) {
    long deadlineNanos = System.nanoTime() + atMost.toNanos();
    CompletableFuture<Void> over =
        CompletableFuture.allOf(runs.store().flush(), audit.store().flush())
            .thenCompose(
                flushed ->
                    CompletableFuture.allOf(runCopies.idle(atMost), auditCopies.idle(atMost)));
    try {
      over.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Logger.Level.INFO, "The last run records stay without a copy", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try (audit) {
      runs.close();
    }
  }
}
