package io.xcron.target;

import io.xcron.model.Target;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that are Java code of the host: a bounded queue before a bounded number of virtual
 * threads.
 *
 * <p>A kill interrupts the thread. Code that does not heed it cannot be ended: after a grace the
 * attempt is told as killed, and its place is taken until the code returns. The timeout is that of
 * the task's policy, which the engine kills by.
 */
public final class HandlerTargets implements Targets {
  private static final Logger LOG = System.getLogger(HandlerTargets.class.getName());

  /**
   * How many.
   *
   * @param atOnce codes under way; more attempts wait
   * @param queue attempts that wait; beyond, {@link #start} says no
   * @param grace how long an interrupted code may take before its attempt counts as ended
   */
  public record Bounds(int atOnce, int queue, Duration grace) {
    public static final Bounds DEFAULT = new Bounds(256, 10_000, Duration.ofSeconds(5));

    public Bounds {
      if (atOnce < 1 || queue < 1 || grace.isNegative()) {
        throw new IllegalArgumentException(
            "atOnce and queue must be at least 1, grace not negative");
      }
    }
  }

  /** What an attempt is told by: its thread, or the grace after a kill, whichever comes first. */
  private static final class Entry {
    final Attempt attempt;
    final Target.Handler target;

    // Guarded by the lock.
    @Nullable Thread thread;
    @Nullable HandlerCall call;
    boolean inCode;
    boolean killed;
    boolean handedOn;
    boolean killedElsewhere;
    boolean told;

    Entry(Attempt attempt, Target.Handler target) {
      this.attempt = attempt;
      this.target = target;
    }
  }

  private final Handlers handlers;
  private final Bounds bounds;
  private final Object lock = new Object();

  // Guarded by the lock.
  private final ArrayDeque<Entry> queue = new ArrayDeque<>();
  private final IdentityHashMap<Attempt, Entry> entries = new IdentityHashMap<>();
  private int underWay;
  private boolean closed;

  public HandlerTargets(Handlers handlers, Bounds bounds) {
    this.handlers = handlers;
    this.bounds = bounds;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when the target is of another kind
   */
  @Override
  public boolean start(Attempt attempt) {
    if (!(attempt.target() instanceof Target.Handler target)) {
      throw new IllegalArgumentException("not a handler: " + attempt.target());
    }
    Entry entry = new Entry(attempt, target);
    synchronized (lock) {
      if (closed || (underWay >= bounds.atOnce() && queue.size() >= bounds.queue())) {
        return false;
      }
      entries.put(attempt, entry);
      if (underWay >= bounds.atOnce()) {
        queue.add(entry);
        return true;
      }
      underWay++;
    }
    launch(entry);
    return true;
  }

  /** {@inheritDoc} Of this member's own calls nothing is known but by the attempt itself. */
  @Override
  public boolean rejoin(Attempt attempt, String member) {
    if (!(attempt.target() instanceof Target.Handler target)) {
      throw new IllegalArgumentException("not a handler: " + attempt.target());
    }
    Entry entry = new Entry(attempt, target);
    entry.handedOn = true;
    synchronized (lock) {
      if (closed) {
        return false;
      }
      entries.put(attempt, entry);
    }
    boolean heard = handlers.rejoin(attempt, member, outcome -> tell(entry, outcome));
    if (!heard) {
      synchronized (lock) {
        entries.remove(attempt, entry);
      }
    }
    return heard;
  }

  /** Whether one more attempt would not be taken now. */
  boolean isFull() {
    synchronized (lock) {
      return closed || (underWay >= bounds.atOnce() && queue.size() >= bounds.queue());
    }
  }

  private void launch(Entry entry) {
    Thread thread =
        Thread.ofVirtual().name("xcron-handler-" + entry.target.name()).unstarted(() -> run(entry));
    synchronized (lock) {
      entry.thread = thread;
    }
    thread.start();
  }

  private void run(Entry entry) {
    try {
      Outcome outcome = outcomeOf(entry);
      if (outcome != null) {
        tell(entry, outcome);
      }
    } catch (RuntimeException | Error e) {
      // An attempt whose end nobody tells would go on for ever.
      LOG.log(Level.ERROR, "handler " + entry.target.name() + " ended without an outcome", e);
      tell(entry, new Outcome.Broken("the call of the handler failed: " + e.getClass().getName()));
    } finally {
      Entry next;
      synchronized (lock) {
        next = queue.poll();
        if (next == null) {
          underWay--;
        }
        lock.notifyAll();
      }
      if (next != null) {
        launch(next);
      }
    }
  }

  /** Null when another member has it. */
  private @Nullable Outcome outcomeOf(Entry entry) {
    HandlerCode code = handlers.find(entry.target.name());
    if (code == null) {
      return notHere(entry);
    }
    synchronized (lock) {
      if (entry.killed) {
        return new Outcome.Withdrawn();
      }
    }
    if (!Loop.mayStart(entry.attempt)) {
      return new Outcome.Withdrawn();
    }
    HandlerCall call = new HandlerCall(entry.attempt, entry.target);
    synchronized (lock) {
      entry.call = call;
      entry.inCode = true;
      if (entry.killed) {
        call.stop();
        Thread.currentThread().interrupt();
      }
    }
    Throwable failure = called(code, call);
    synchronized (lock) {
      entry.inCode = false;
      if (entry.killed && failure != null) {
        return forced(call);
      }
    }
    if (failure != null) {
      LOG.log(
          Level.DEBUG,
          "handler " + entry.target.name() + " failed for task " + entry.attempt.taskId(),
          failure);
    }
    return call.ended(failure);
  }

  /** What the code throws is the world's error, whatever it is: the attempt must end. */
  private static @Nullable Throwable called(HandlerCode code, HandlerCall call) {
    try {
      code.run(call);
      return null;
    } catch (Throwable e) {
      return e;
    }
  }

  private @Nullable Outcome notHere(Entry entry) {
    synchronized (lock) {
      // From here on a kill is for the member that takes it.
      entry.handedOn = true;
    }
    String name = entry.target.name();
    if (handlers.handOn(entry.attempt, name, outcome -> tell(entry, outcome))) {
      boolean killed;
      synchronized (lock) {
        killed = entry.killedElsewhere;
      }
      if (killed) {
        // The kill may have come before the other member was known.
        handlers.kill(entry.attempt);
      }
      LOG.log(
          Level.DEBUG,
          "there is no handler {0} here: run {1} of task {2} is handed to a member that has it",
          name,
          entry.attempt.runNumber(),
          entry.attempt.taskId());
      return null;
    }
    synchronized (lock) {
      entry.handedOn = false;
    }
    return new Outcome.ConnectFailed(handlers.missing(name));
  }

  private void tell(Entry entry, Outcome outcome) {
    synchronized (lock) {
      if (entry.told) {
        return;
      }
      entry.told = true;
      // Before it is told: the engine may offer the same attempt again at once.
      entries.remove(entry.attempt, entry);
      lock.notifyAll();
    }
    Loop.tell(entry.attempt, outcome);
  }

  @Override
  public void kill(Attempt attempt) {
    Entry entry;
    boolean waited;
    boolean elsewhere;
    synchronized (lock) {
      entry = entries.get(attempt);
      if (entry == null || entry.killed) {
        return;
      }
      elsewhere = entry.handedOn;
      entry.killedElsewhere |= elsewhere;
      entry.killed = !elsewhere;
      waited = queue.remove(entry);
      if (!elsewhere && !waited) {
        interrupt(entry);
      }
    }
    if (elsewhere) {
      handlers.kill(attempt);
    } else if (waited) {
      Thread.startVirtualThread(() -> tell(entry, new Outcome.Withdrawn()));
    } else {
      long deadlineNanos = System.nanoTime() + bounds.grace().toNanos();
      Thread.startVirtualThread(() -> giveUpAt(deadlineNanos, entry));
    }
  }

  /** To be called with the lock held. */
  private Outcome forced(HandlerCall call) {
    return closed ? new Outcome.Broken("the member stopped") : call.killed();
  }

  private static void interrupt(Entry entry) {
    HandlerCall call = entry.call;
    if (call != null) {
      call.stop();
    }
    Thread thread = entry.thread;
    if (thread != null && entry.inCode) {
      thread.interrupt();
    }
  }

  private void giveUpAt(long deadlineNanos, Entry entry) {
    Outcome outcome;
    synchronized (lock) {
      while (!entry.told) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        if (leftMillis <= 0) {
          break;
        }
        try {
          lock.wait(leftMillis);
        } catch (InterruptedException e) {
          // Nobody has a reason to; the attempt is given up at once.
          break;
        }
      }
      if (entry.told) {
        return;
      }
      HandlerCall call = entry.call;
      outcome = call == null ? new Outcome.Withdrawn() : forced(call);
    }
    LOG.log(
        Level.WARNING,
        "handler {0} does not heed its interrupt; run {1} of task {2} counts as killed, and its place is"
            + " taken until it returns",
        entry.target.name(),
        entry.attempt.runNumber(),
        entry.attempt.taskId());
    tell(entry, outcome);
  }

  /** Attempts that wait, and codes under way. */
  public int size() {
    synchronized (lock) {
      return queue.size() + underWay;
    }
  }

  @Override
  public void close() {
    List<Entry> waiting;
    List<Entry> running;
    synchronized (lock) {
      closed = true;
      waiting = List.copyOf(queue);
      queue.clear();
      running = new ArrayList<>(entries.values());
      running.removeAll(waiting);
      for (Entry entry : running) {
        entry.killed = true;
        interrupt(entry);
      }
    }
    for (Entry entry : waiting) {
      tell(entry, new Outcome.Withdrawn());
    }
    long deadlineNanos = System.nanoTime() + bounds.grace().toNanos();
    for (Entry entry : running) {
      if (entry.handedOn) {
        tell(entry, new Outcome.Broken("this member stops"));
      } else {
        giveUpAt(deadlineNanos, entry);
      }
    }
  }
}
