package io.xcron.target;

import io.xcron.model.Target;
import java.util.function.Consumer;

/**
 * A message of ours to somebody: one POST with the headers of Standard Webhooks and none of a run.
 * Repeats are the caller's.
 */
public final class Notice implements Attempt {
  private final Target.Http target;
  private final String id;
  private final long startMillis;
  private final Consumer<Outcome> ear;

  /**
   * A message that is sent when {@link Targets#start} gets it.
   *
   * @param id the message's own, the same at each try
   * @param startMillis the time that is signed
   * @param ear told once how it ended, on an event loop
   */
  public Notice(Target.Http target, String id, long startMillis, Consumer<Outcome> ear) {
    this.target = target;
    this.id = id;
    this.startMillis = startMillis;
    this.ear = ear;
  }

  String id() {
    return id;
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
    return id;
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
    return startMillis;
  }

  @Override
  public long startMillis() {
    return startMillis;
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
