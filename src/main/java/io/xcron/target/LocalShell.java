package io.xcron.target;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands on this member. Each has two threads while it runs, for its status and for its output.
 */
public final class LocalShell implements ShellRunner {
  private static final Logger LOG = LoggerFactory.getLogger(LocalShell.class);
  private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** A run: attempts of it follow each other. */
  private record RunKey(String taskId, long runNumber) {}

  /** A command under way and who hears of its end, guarded by itself; null once they were told. */
  private static final class Running {
    final ShellProcess process;
    @Nullable List<Consumer<Outcome>> ears = new ArrayList<>(1);

    Running(ShellProcess process, Consumer<Outcome> ear) {
      this.process = process;
      hear(ear);
    }

    final synchronized boolean hear(Consumer<Outcome> ear) {
      return ears != null && ears.add(ear);
    }

    synchronized List<Consumer<Outcome>> toTell() {
      List<Consumer<Outcome>> told = ears;
      ears = null;
      return told == null ? List.of() : told;
    }
  }

  private final String member;
  private final int bound;
  private final AtomicInteger running = new AtomicInteger();

  /** Commands whose end was not told to all yet. */
  private final AtomicInteger telling = new AtomicInteger();

  private final RecentEnds recent = new RecentEnds();
  private final Map<AttemptKey, Running> commands = new ConcurrentHashMap<>();
  private final Map<RunKey, Running> newest = new ConcurrentHashMap<>();
  private final ShellProcess.Threads threads;
  private final ScheduledExecutorService timeouts;
  private volatile boolean closed;

  /**
   * Starts nothing yet.
   *
   * @param member the name under which places know this member
   * @param bound commands at once; beyond, {@link #reserve} says no. Too many starve the member's
   *     own work of memory and processor
   */
  public LocalShell(String member, int bound) {
    this(member, bound, ShellProcess::unstarted);
  }

  LocalShell(String member, int bound, ShellProcess.Threads threads) {
    if (bound < 1) {
      throw new IllegalArgumentException("at least one command must be allowed at once");
    }
    this.member = member;
    this.bound = bound;
    this.threads = threads;
    this.timeouts =
        Executors.newSingleThreadScheduledExecutor(
            work -> threads.of("xcron-shell-timeouts", work));
  }

  @Override
  public void reserve(String on, AttemptKey key, Consumer<Answer> answer) {
    // Counted before looking at closed: close() waits until nothing is counted.
    telling.incrementAndGet();
    boolean room = running.incrementAndGet() <= bound;
    boolean here = on.equals(member) && !closed;
    if (room && here) {
      answer.accept(new Answer.Held(new LocalPlace()));
    } else {
      giveBack();
      answer.accept(
          new Answer.Refused(here, on + (here ? " has no room" : " does not run commands now")));
    }
  }

  private final class LocalPlace implements Place {
    @Override
    public void start(ShellCommand command, long leftNanos, Consumer<Outcome> ended) {
      if (leftNanos <= 0) {
        LocalShell.this.giveBack();
        ended.accept(new Outcome.Withdrawn());
        return;
      }
      Running started = new Running(new ShellProcess(command, threads), ended);
      if (commands.putIfAbsent(command.key(), started) != null) {
        LocalShell.this.giveBack();
        ended.accept(new Outcome.ConnectFailed("this attempt runs on " + member + " already"));
        return;
      }
      recent.forget(command.key());
      newest.put(runKey(command), started);
      try {
        threads.of("xcron-shell", () -> run(command, started)).start();
      } catch (RuntimeException | Error e) {
        // No thread is left, as when commands have used up the limit of processes.
        LOG.error("The command of {} could not be started", command.key(), e);
        commands.remove(command.key(), started);
        newest.remove(runKey(command), started);
        LocalShell.this.giveBack();
        ended.accept(new Outcome.ConnectFailed(member + " has no thread for a command: " + e));
      }
    }

    @Override
    public void giveBack() {
      LocalShell.this.giveBack();
    }
  }

  private void giveBack() {
    running.decrementAndGet();
    telling.decrementAndGet();
  }

  @Override
  public void rejoin(String on, AttemptKey key, Consumer<Outcome> ended) {
    Running found = on.equals(member) ? commands.get(key) : null;
    if (found != null && found.hear(ended)) {
      return;
    }
    Outcome known = on.equals(member) ? recent.find(key, System.nanoTime()) : null;
    ended.accept(
        known == null ? new Outcome.Broken(on + " knows nothing of the command any more") : known);
  }

  /** Whether it knows of a command: it runs, or has ended a short while ago. */
  boolean knows(AttemptKey key) {
    return commands.containsKey(key) || recent.find(key, System.nanoTime()) != null;
  }

  /** What a command has written that runs; null for none. */
  @Nullable ShellOutput output(AttemptKey key) {
    Running found = commands.get(key);
    return found == null ? null : found.process.output();
  }

  /** Ends a command because no owner asks for it any more. */
  void abandon(AttemptKey key) {
    Running found = commands.get(key);
    if (found != null) {
      found.process.kill(ShellProcess.Force.ABANDONED);
    }
  }

  /** Ends all commands, because their owners have given this member up. */
  void abandonAll() {
    commands.values().forEach(one -> one.process.kill(ShellProcess.Force.ABANDONED));
  }

  private static RunKey runKey(ShellCommand command) {
    return new RunKey(command.key().taskId(), command.key().runNumber());
  }

  private void run(ShellCommand command, Running started) {
    ShellProcess process = started.process;
    Outcome outcome;
    try {
      ScheduledFuture<?> timeout =
          timeouts.schedule(
              () -> process.kill(ShellProcess.Force.TIMED_OUT),
              command.timeout().toMillis(),
              TimeUnit.MILLISECONDS);
      try {
        outcome = process.run();
      } finally {
        timeout.cancel(false);
      }
    } catch (RuntimeException | Error e) {
      LOG.error("The command of {} failed in an unexpected way", command.key(), e);
      process.kill(ShellProcess.Force.KEEPER_LOST);
      outcome = new Outcome.Broken("an error of this member: " + e);
    }
    recent.add(command.key(), outcome, System.nanoTime());
    commands.remove(command.key(), started);
    newest.remove(runKey(command), started);
    // Its place is free before anybody hears of the end, and may want it.
    running.decrementAndGet();
    for (Consumer<Outcome> ear : started.toTell()) {
      try {
        ear.accept(outcome);
      } catch (RuntimeException e) {
        LOG.error("The end of the command of {} was not taken: {}", command.key(), outcome, e);
      }
    }
    telling.decrementAndGet();
  }

  @Override
  public void kill(String on, AttemptKey key) {
    Running found = commands.get(key);
    if (found != null) {
      found.process.kill(ShellProcess.Force.KILLED);
    }
  }

  @Override
  public @Nullable CommandOutput liveOutput(String taskId, long runNumber) {
    Running found = newest.get(new RunKey(taskId, runNumber));
    return found == null ? null : found.process.output();
  }

  /** Commands under way. */
  public int running() {
    return running.get();
  }

  @Override
  public void close() {
    closed = true;
    long deadlineNanos = System.nanoTime() + CLOSE_NANOS;
    while (telling.get() > 0 && System.nanoTime() < deadlineNanos) {
      // Again and again, for one that was counted just before the flag was set.
      commands.values().forEach(one -> one.process.kill(ShellProcess.Force.CLOSED));
      LockSupport.parkNanos(1_000_000);
    }
    timeouts.shutdownNow();
  }
}
