package io.xcron.target;

import io.xcron.model.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that are commands: a bounded queue before a bounded number of commands, wherever they
 * run.
 *
 * <p>One thread takes attempts from the queue, asks {@link ShellPlaces} where they may run, asks
 * {@link Attempt#mayStart}, and hands them to the {@link ShellRunner}. It waits for nothing but
 * room. A broadcast runs on every candidate and succeeds when all have; it is one of the commands
 * at once.
 */
public final class ShellTargets implements Targets {
  /**
   * How many.
   *
   * @param atOnce attempts under way; more wait
   * @param queue attempts that wait; beyond, {@link #start} says no
   */
  public record Bounds(int atOnce, int queue) {
    public static final Bounds DEFAULT = new Bounds(64, 10_000);

    public Bounds {
      if (atOnce < 1 || queue < 1) {
        throw new IllegalArgumentException("atOnce and queue must be at least 1");
      }
    }
  }

  /** An attempt that was accepted. Guarded by the lock but for the final parts. */
  private static final class Entry {
    final Attempt attempt;
    final Target.Shell target;
    final Map<String, Outcome> outcomes = new TreeMap<>();
    final List<String> members = new ArrayList<>();
    ShellCommand.@Nullable Key key;
    boolean killed;

    /** How it ends without having been started from here. */
    Outcome early = new Outcome.Withdrawn();

    /** Members whose end is still to come; one more while the thread is starting them. */
    int pending;

    Entry(Attempt attempt, Target.Shell target) {
      this.attempt = attempt;
      this.target = target;
    }
  }

  private final ShellPlaces places;
  private final ShellRunner runner;
  private final Bounds bounds;
  private final Object lock = new Object();
  private final Thread dispatcher;

  // Guarded by the lock.
  private final ArrayDeque<Entry> queue = new ArrayDeque<>();
  private final ArrayDeque<Entry> over = new ArrayDeque<>();
  private final IdentityHashMap<Attempt, Entry> entries = new IdentityHashMap<>();
  private int underWay;
  private boolean closed;

  /** Starts the thread that hands out. The runner is closed with this. */
  public ShellTargets(ShellPlaces places, ShellRunner runner, Bounds bounds) {
    this.places = places;
    this.runner = runner;
    this.bounds = bounds;
    this.dispatcher = ShellProcess.thread("xcron-shell-start", this::dispatch);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when the target is of another kind
   */
  @Override
  public boolean start(Attempt attempt) {
    if (!(attempt.target() instanceof Target.Shell target)) {
      throw new IllegalArgumentException("not a shell target: " + attempt.target());
    }
    synchronized (lock) {
      if (closed || queue.size() >= bounds.queue()) {
        return false;
      }
      Entry entry = new Entry(attempt, target);
      entries.put(attempt, entry);
      queue.add(entry);
      lock.notifyAll();
      return true;
    }
  }

  /** {@inheritDoc} A broadcast is never placed, so it is repeated and not heard again. */
  @Override
  public boolean rejoin(Attempt attempt, String member) {
    if (!(attempt.target() instanceof Target.Shell target)) {
      throw new IllegalArgumentException("not a shell target: " + attempt.target());
    }
    Entry entry = new Entry(attempt, target);
    ShellCommand.Key key = ShellCommand.keyOf(attempt);
    synchronized (lock) {
      if (closed) {
        return false;
      }
      entries.put(attempt, entry);
      entry.key = key;
      entry.members.add(member);
      entry.pending = 1;
      underWay++;
    }
    boolean heard =
        runner.rejoin(
            member,
            key,
            outcome -> {
              note(entry, member, outcome);
              settle(entry);
            });
    if (!heard) {
      synchronized (lock) {
        underWay--;
        entry.early = new Outcome.Broken(member + " knows nothing of the command any more");
        over.add(entry);
        lock.notifyAll();
      }
    }
    return true;
  }

  @Override
  public void kill(Attempt attempt) {
    List<String> members;
    ShellCommand.Key key;
    synchronized (lock) {
      Entry entry = entries.get(attempt);
      if (entry == null) {
        return;
      }
      entry.killed = true;
      if (queue.remove(entry)) {
        over.add(entry);
        lock.notifyAll();
      }
      members = List.copyOf(entry.members);
      key = entry.key;
    }
    if (key != null) {
      for (String member : members) {
        runner.kill(member, key);
      }
    }
  }

  /** What the newest attempt of a run has written so far; null when none is under way here. */
  public @Nullable CommandOutput liveOutput(String taskId, long runNumber) {
    return runner.liveOutput(taskId, runNumber);
  }

  private void dispatch() {
    while (true) {
      Entry next;
      Entry gone;
      synchronized (lock) {
        while (!closed && over.isEmpty() && (queue.isEmpty() || underWay >= bounds.atOnce())) {
          try {
            lock.wait();
          } catch (InterruptedException e) {
            // Nobody has a reason to: this thread ends when close() sets the flag.
          }
        }
        gone = over.poll();
        if (closed && gone == null) {
          gone = queue.poll();
          if (gone == null) {
            return;
          }
        }
        next = gone == null ? queue.poll() : null;
        if (next != null) {
          underWay++;
          next.pending = 1;
        }
      }
      if (gone != null) {
        end(gone, gone.early);
      } else if (next != null) {
        launch(next);
      }
    }
  }

  private void launch(Entry entry) {
    List<String> candidates = places.candidates(entry.target.place());
    if (candidates.isEmpty()) {
      release(entry, new Outcome.ConnectFailed(ShellPlaces.missing(entry.target.place())));
      return;
    }
    boolean everywhere = entry.target.place() instanceof Target.Place.Broadcast;
    if (!everywhere) {
      candidates = inTurn(candidates, entry.attempt);
      entry.attempt.placed(candidates.getFirst());
    }
    if (!Loop.mayStart(entry.attempt)) {
      release(entry, new Outcome.Withdrawn());
      return;
    }
    ShellCommand command = ShellCommand.of(entry.attempt, entry.target);
    if (everywhere) {
      for (String member : candidates) {
        if (!startOn(entry, member, command)) {
          note(entry, member, new Outcome.ConnectFailed(member + " has no room"));
        }
      }
    } else if (!startOnOne(entry, candidates, command)) {
      note(
          entry,
          candidates.getFirst(),
          new Outcome.ConnectFailed("no room on " + String.join(", ", candidates)));
    }
    settle(entry);
  }

  /** Another attempt begins with another member, so that one that is ill does not get them all. */
  private static List<String> inTurn(List<String> candidates, Attempt attempt) {
    List<String> turned = new ArrayList<>(candidates);
    int first = attempt.taskId().hashCode() + Long.hashCode(attempt.runNumber()) + attempt.number();
    Collections.rotate(turned, Math.floorMod(first, candidates.size()));
    return turned;
  }

  private boolean startOnOne(Entry entry, List<String> candidates, ShellCommand command) {
    for (String member : candidates) {
      if (!member.equals(candidates.getFirst())) {
        entry.attempt.placed(member);
      }
      if (startOn(entry, member, command)) {
        return true;
      }
    }
    return false;
  }

  private boolean startOn(Entry entry, String member, ShellCommand command) {
    synchronized (lock) {
      entry.key = command.key();
      entry.members.add(member);
      entry.pending++;
    }
    boolean started =
        runner.start(
            member,
            command,
            outcome -> {
              note(entry, member, outcome);
              settle(entry);
            });
    boolean killed;
    synchronized (lock) {
      killed = entry.killed;
      if (!started) {
        entry.members.remove(member);
        entry.pending--;
      }
    }
    if (started && killed) {
      runner.kill(member, command.key());
    }
    return started;
  }

  private void note(Entry entry, String member, Outcome outcome) {
    synchronized (lock) {
      entry.outcomes.put(member, outcome);
    }
  }

  /** One of those that were pending is not any more; the last one ends the attempt. */
  private void settle(Entry entry) {
    Outcome outcome;
    synchronized (lock) {
      if (--entry.pending > 0) {
        return;
      }
      outcome = ShellOutcomes.combined(entry.outcomes);
    }
    release(entry, outcome);
  }

  private void release(Entry entry, Outcome outcome) {
    end(entry, outcome);
    synchronized (lock) {
      underWay--;
      lock.notifyAll();
    }
  }

  private void end(Entry entry, Outcome outcome) {
    synchronized (lock) {
      // Before it is told: the engine may offer the same attempt again at once.
      entries.remove(entry.attempt, entry);
    }
    Loop.tell(entry.attempt, outcome);
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    try {
      dispatcher.join(5_000);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    runner.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
