package io.xcron.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Awaits what a journal tells. */
final class Waiting implements JournalStateListener {
  private static final long LIMIT_SECONDS = 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<JournalState> states = new ArrayList<>(List.of(JournalState.OPEN));

  @Override
  public void changed(JournalState from, JournalState to) {
    lock.lock();
    try {
      states.add(to);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the state is the one given. */
  void awaitState(JournalState wanted) throws InterruptedException {
    await(wanted, 1);
  }

  /** Waits until the state has left the one it began with and come to the one given. */
  void awaitReturnTo(JournalState wanted) throws InterruptedException {
    await(wanted, 3);
  }

  private void await(JournalState wanted, int atLeast) throws InterruptedException {
    long left = TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    lock.lock();
    try {
      while (states.size() < atLeast || states.getLast() != wanted) {
        left = changed.awaitNanos(left);
        if (left <= 0) {
          throw new AssertionError("never became " + wanted + ": " + states);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  List<JournalState> states() {
    lock.lock();
    try {
      return List.copyOf(states);
    } finally {
      lock.unlock();
    }
  }

  static Durability outcome(AppendLog journal, long position) throws Exception {
    CompletableFuture<Durability> outcome = new CompletableFuture<>();
    journal.whenDurable(position, outcome::complete);
    return outcome.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }
}
