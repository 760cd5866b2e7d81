package io.xcron.target;

import io.xcron.model.Target;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that are commands: a bounded queue before a bounded number of commands, wherever they
 * run.
 *
 * <p>One thread takes attempts from the queue, asks {@link ShellPlaces} where they may run, and has
 * the {@link ShellRunner} reserve a place there. When there is one, {@link Attempt#mayStart} is
 * asked, and the command starts. The thread waits for nothing but room. An attempt whose candidates
 * are all full is withdrawn, so that the engine offers it again.
 *
 * <p>A broadcast runs on every candidate and succeeds when all have; it is one of the commands at
 * once. A candidate without room is a failure of it.
 */
public final class ShellTargets implements Targets {
  private static final Logger LOG = System.getLogger(ShellTargets.class.getName());

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

  /** So many members of a broadcast are written down, for the next owner to hear them again. */
  private static final int MOST_PLACED = 16;

  private static final String AND = ",";

  /** An attempt that was accepted. Guarded by the lock but for the final parts. */
  private static final class Entry {
    final Attempt attempt;
    final Target.Shell target;
    final Map<String, Outcome> outcomes = new TreeMap<>();
    final List<String> members = new ArrayList<>();
    final AttemptKey key;
    boolean killed;

    /** It was asked whether it may start. */
    boolean asked;

    boolean released;

    /** Members whose end is still to come; one more while the thread is starting them. */
    int pending;

    Entry(Attempt attempt, Target.Shell target) {
      this.attempt = attempt;
      this.target = target;
      this.key = AttemptKey.of(attempt);
    }
  }

  /** The places of a broadcast, until each candidate has answered. Guarded by itself. */
  private static final class Gathering {
    final Map<String, ShellRunner.Place> held = new TreeMap<>();
    final Map<String, String> refused = new TreeMap<>();
    int waitedFor;

    Gathering(int waitedFor) {
      this.waitedFor = waitedFor;
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

  @Override
  public boolean rejoin(Attempt attempt, String member) {
    if (!(attempt.target() instanceof Target.Shell target)) {
      throw new IllegalArgumentException("not a shell target: " + attempt.target());
    }
    Entry entry = new Entry(attempt, target);
    List<String> members = List.of(member.split(AND, -1));
    synchronized (lock) {
      if (closed) {
        return false;
      }
      entries.put(attempt, entry);
      entry.members.addAll(members);
      entry.pending = members.size();
      underWay++;
    }
    for (String one : members) {
      runner.rejoin(one, entry.key, outcome -> ended(entry, one, outcome));
    }
    return true;
  }

  @Override
  public void kill(Attempt attempt) {
    Entry entry;
    List<String> members;
    synchronized (lock) {
      entry = entries.get(attempt);
      if (entry == null) {
        return;
      }
      entry.killed = true;
      if (queue.remove(entry)) {
        over.add(entry);
        lock.notifyAll();
      }
      members = List.copyOf(entry.members);
    }
    for (String member : members) {
      runner.kill(member, entry.key);
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
        end(gone, new Outcome.Withdrawn());
      } else if (next != null) {
        launchOrEnd(next);
      }
    }
  }

  /** What fails here fails for one attempt; the others need this thread. */
  private void launchOrEnd(Entry entry) {
    try {
      launch(entry);
    } catch (RuntimeException | Error e) {
      LOG.log(Level.ERROR, "a command of task " + entry.attempt.taskId() + " did not start", e);
      boolean asked;
      List<String> members;
      synchronized (lock) {
        asked = entry.asked;
        members = List.copyOf(entry.members);
      }
      members.forEach(member -> runner.kill(member, entry.key));
      release(
          entry,
          asked
              ? new Outcome.Broken("the command could not be started: " + e.getClass().getName())
              : new Outcome.Withdrawn());
    }
  }

  private void launch(Entry entry) {
    List<String> candidates = places.candidates(entry.target.place());
    if (candidates.isEmpty()) {
      release(entry, new Outcome.ConnectFailed(ShellPlaces.missing(entry.target.place())));
    } else if (entry.target.place() instanceof Target.Place.Broadcast) {
      launchOnAll(entry, candidates);
    } else {
      launchOnOne(entry, inTurn(candidates, entry.attempt).iterator(), false, List.of());
    }
  }

  /** Another attempt begins with another member, so that one that is ill does not get them all. */
  private static List<String> inTurn(List<String> candidates, Attempt attempt) {
    List<String> turned = new ArrayList<>(candidates);
    int first = attempt.taskId().hashCode() + Long.hashCode(attempt.runNumber()) + attempt.number();
    Collections.rotate(turned, Math.floorMod(first, candidates.size()));
    return turned;
  }

  /**
   * Asks one candidate after the other for a place.
   *
   * @param full whether one that was asked may have room later
   * @param reasons of those that were asked
   */
  private void launchOnOne(
      Entry entry, Iterator<String> candidates, boolean full, List<String> reasons) {
    if (!candidates.hasNext()) {
      release(
          entry,
          full ? new Outcome.Withdrawn() : new Outcome.ConnectFailed(String.join("; ", reasons)));
      return;
    }
    String member = candidates.next();
    runner.reserve(
        member,
        entry.key,
        answer -> {
          switch (answer) {
            case ShellRunner.Answer.Held held -> startOn(entry, Map.of(member, held.place()));
            case ShellRunner.Answer.Refused refused -> {
              List<String> more = new ArrayList<>(reasons);
              more.add(refused.reason());
              launchOnOne(entry, candidates, full || refused.full(), more);
            }
          }
        });
  }

  private void launchOnAll(Entry entry, List<String> candidates) {
    Gathering gathering = new Gathering(candidates.size());
    for (String member : candidates) {
      runner.reserve(
          member,
          entry.key,
          answer -> {
            boolean complete;
            synchronized (gathering) {
              switch (answer) {
                case ShellRunner.Answer.Held held -> gathering.held.put(member, held.place());
                case ShellRunner.Answer.Refused refused ->
                    gathering.refused.put(member, refused.reason());
              }
              complete = --gathering.waitedFor == 0;
            }
            if (complete) {
              startOnThose(entry, gathering);
            }
          });
    }
  }

  private void startOnThose(Entry entry, Gathering gathering) {
    if (gathering.held.isEmpty()) {
      release(entry, new Outcome.ConnectFailed(String.join("; ", gathering.refused.values())));
      return;
    }
    gathering.refused.forEach(
        (member, reason) -> note(entry, member, new Outcome.ConnectFailed(reason)));
    startOn(entry, gathering.held);
  }

  /** The places stand: now it is asked for the last time, and started. */
  private void startOn(Entry entry, Map<String, ShellRunner.Place> held) {
    boolean late;
    synchronized (lock) {
      late = closed || entry.killed || entry.released;
      entry.asked = !late;
    }
    if (!late && held.size() <= MOST_PLACED) {
      entry.attempt.placed(String.join(AND, held.keySet()));
    }
    if (late || !Loop.mayStart(entry.attempt)) {
      held.values().forEach(ShellRunner.Place::giveBack);
      release(entry, new Outcome.Withdrawn());
      return;
    }
    synchronized (lock) {
      entry.members.addAll(held.keySet());
      entry.pending += held.size();
    }
    ShellCommand command = ShellCommand.of(entry.attempt, entry.target);
    long leftNanos = entry.attempt.leftNanos();
    held.forEach(
        (member, place) ->
            place.start(command, leftNanos, outcome -> ended(entry, member, outcome)));
    boolean killed;
    synchronized (lock) {
      killed = entry.killed;
    }
    if (killed) {
      held.keySet().forEach(member -> runner.kill(member, entry.key));
    }
    settle(entry);
  }

  private void ended(Entry entry, String member, Outcome outcome) {
    note(entry, member, outcome);
    settle(entry);
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
    synchronized (lock) {
      if (entry.released) {
        return;
      }
      entry.released = true;
    }
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
