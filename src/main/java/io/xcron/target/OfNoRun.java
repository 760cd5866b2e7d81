package io.xcron.target;

import io.xcron.model.Target;
import java.util.function.Consumer;

/** A request that belongs to no task and to no run; whoever wants it repeated sends another. */
abstract sealed class OfNoRun implements Attempt permits Heartbeat, Notice {
  private final Target.Http target;
  private final String name;
  private final long sentMillis;
  private final Consumer<Outcome> ear;

  /**
   * A request.
   *
   * @param name stands where a run has its task
   * @param sentMillis stands where a run has its instants
   * @param ear told once how it ended, on an event loop
   */
  OfNoRun(Target.Http target, String name, long sentMillis, Consumer<Outcome> ear) {
    this.target = target;
    this.name = name;
    this.sentMillis = sentMillis;
    this.ear = ear;
  }

  @Override
  public final Target target() {
    return target;
  }

  @Override
  public final boolean mayStart() {
    return true;
  }

  @Override
  public final void ended(Outcome outcome) {
    ear.accept(outcome);
  }

  @Override
  public final String taskId() {
    return name;
  }

  @Override
  public final long generation() {
    return 0;
  }

  @Override
  public final long runNumber() {
    return 0;
  }

  @Override
  public final int number() {
    return 1;
  }

  @Override
  public final long dueMillis() {
    return sentMillis;
  }

  @Override
  public final long startMillis() {
    return sentMillis;
  }

  @Override
  public final long fencingToken() {
    return 0;
  }

  @Override
  public final long mutexToken() {
    return NO_MUTEX;
  }

  @Override
  public final String traceparent() {
    return "";
  }
}
