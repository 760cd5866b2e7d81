package io.xcron.wheel;

/** Told of each timer that {@link TimerWheel#advance} expires, on the thread that advances. */
@FunctionalInterface
public interface Expiry {

  /**
   * The timer was due and is no longer scheduled. The callee may schedule, cancel and clear, this
   * timer included. What it throws ends the advance and reaches its caller; the wheel stays whole,
   * and the timers behind this one stay due.
   */
  void expired(int timer, long deadlineMillis);
}
