package io.xcron.fire;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Grants;
import io.xcron.model.Time;
import io.xcron.model.Title;
import io.xcron.slice.MutexStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The mutexes of a cluster, and the one thread of this member that asks for them. What has come up
 * since its last round goes into one change of each table concerned, so that under load a round
 * costs two calls for many claims.
 *
 * <p>See {@link MutexRounds} for what a round does.
 */
public final class MutexKeeper implements Mutexes, AutoCloseable {
  private static final Logger LOG = System.getLogger(MutexKeeper.class.getName());

  private static final Duration LOG_AGAIN = Duration.ofSeconds(10);

  private final MutexRounds rounds;
  private final Time time;
  private final Thread thread;
  private final AtomicBoolean asked = new AtomicBoolean();
  private long loggedNanos;
  private volatile boolean closed;

  /**
   * A keeper that does not run yet.
   *
   * @param titles whom the ledger names as owner of a partition, as far as this member has read
   * @param grid asked whether a run that holds a mutex since a former owner's time still goes on
   */
  public MutexKeeper(
      MutexStore store,
      Grants grants,
      IntFunction<@Nullable Title> titles,
      TaskGrid grid,
      Time time) {
    this.time = time;
    this.rounds = new MutexRounds(store, grants, titles, grid, time, this::wake);
    this.loggedNanos = time.nanoTime() - LOG_AGAIN.toNanos();
    this.thread = Thread.ofPlatform().name("xcron-mutexes").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  @Override
  public void want(MutexClaim claim) {
    rounds.want(claim);
  }

  @Override
  public void release(MutexClaim claim) {
    rounds.release(claim);
  }

  @Override
  public void leave(MutexClaim claim) {
    rounds.leave(claim);
  }

  private void wake() {
    asked.set(true);
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      asked.set(false);
      long next = round();
      while (!closed && !asked.get()) {
        long left = next - time.nanoTime();
        if (left <= 0) {
          break;
        }
        LockSupport.parkNanos(this, left);
      }
    }
  }

  private long round() {
    try {
      return rounds.round();
    } catch (RuntimeException e) {
      // Whoever waits goes on waiting; what is held stays held.
      long now = time.nanoTime();
      if (now - loggedNanos >= LOG_AGAIN.toNanos()) {
        loggedNanos = now;
        LOG.log(Level.WARNING, "mutexes could not be asked for or given back; tried again", e);
      }
      return now + MutexRounds.POLL_NANOS;
    }
  }

  /** Ends. What is held then is free when other members have seen that its run has ended. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      if (thread.isAlive()) {
        thread.join(Duration.ofSeconds(2));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
