package io.xcron.journal;

import org.jspecify.annotations.Nullable;

/** The journal's state, put together from what its threads find, and told to the listener. */
final class Health {
  private final JournalStateListener listener;
  private volatile JournalState state = JournalState.OPEN;
  private @Nullable JournalState failure;
  private boolean low;
  private boolean stalled;
  private boolean shut;

  Health(JournalStateListener listener) {
    this.listener = listener;
  }

  JournalState state() {
    return state;
  }

  synchronized void failed(JournalState closed) {
    failure = closed;
    update();
  }

  synchronized void recovered(boolean nowLow) {
    failure = null;
    low = nowLow;
    update();
  }

  synchronized void low(boolean nowLow) {
    low = nowLow;
    update();
  }

  /** A write or fsync has not returned for long. */
  synchronized void stalled(boolean nowStalled) {
    stalled = nowStalled;
    update();
  }

  synchronized void shut() {
    shut = true;
    update();
  }

  private void update() {
    JournalState now;
    if (shut) {
      now = JournalState.SHUT;
    } else if (failure != null) {
      now = failure;
    } else if (stalled) {
      now = JournalState.STALLED;
    } else {
      now = low ? JournalState.LOW : JournalState.OPEN;
    }
    JournalState before = state;
    if (now == before) {
      return;
    }
    state = now;
    try {
      listener.changed(before, now);
    } catch (RuntimeException e) {
      // The listener's fault must not stop the journal's thread.
      Log.warning("A listener of the journal's state failed", e);
    }
  }
}
