package io.xcron.target;

import io.xcron.model.Target;
import java.util.function.Consumer;

/**
 * The question to a node whether it is there. It belongs to no task and carries no headers of one.
 */
final class Heartbeat implements Attempt {
  private final Target.Http target;
  private final Consumer<Outcome> ear;

  Heartbeat(Target.Http target, Consumer<Outcome> ear) {
    this.target = target;
    this.ear = ear;
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public boolean mayStart() {
    return true;
  }

  @Override
  public void ended(Outcome outcome) {
    ear.accept(outcome);
  }

  @Override
  public String taskId() {
    return "heartbeat";
  }

  @Override
  public long generation() {
    return 0;
  }

  @Override
  public long runNumber() {
    return 0;
  }

  @Override
  public int number() {
    return 1;
  }

  @Override
  public long dueMillis() {
    return 0;
  }

  @Override
  public long startMillis() {
    return 0;
  }

  @Override
  public long fencingToken() {
    return 0;
  }

  @Override
  public long mutexToken() {
    return NO_MUTEX;
  }

  @Override
  public String traceparent() {
    return "";
  }
}
