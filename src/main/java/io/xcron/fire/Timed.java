package io.xcron.fire;

/** What may wait for a time in the {@link RunTimers} of its partition. */
abstract sealed class Timed permits Run, Decision, Telling {
  static final int NO_TIMER = -1;

  /** Its number there while it waits. */
  int timer = NO_TIMER;
}
