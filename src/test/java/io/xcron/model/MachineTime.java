package io.xcron.model;

/** The clocks of this machine. */
public final class MachineTime implements Time {
  @Override
  public long nowMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }
}
