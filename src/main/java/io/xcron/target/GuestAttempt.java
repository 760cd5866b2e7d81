package io.xcron.target;

import io.xcron.model.Target;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An attempt of another member's, as the handler's code on this member sees it. */
final class GuestAttempt implements Attempt {
  private final HandlerOrder order;
  private final Target.Handler target;
  private final long deadlineNanos;
  private final Consumer<Outcome> ended;

  /** It is to end because nobody asks for it any more. */
  volatile boolean abandoned;

  /**
   * What an owner has ordered.
   *
   * @param leftNanos for how long from now on it may start
   */
  GuestAttempt(HandlerOrder order, long leftNanos, Consumer<Outcome> ended) {
    this.order = order;
    this.target = new Target.Handler(order.handler(), order.givenArg());
    this.deadlineNanos = System.nanoTime() + leftNanos;
    this.ended = ended;
  }

  AttemptKey key() {
    return order.key();
  }

  /** The owner was asked; what is left of its yes decides. */
  @Override
  public boolean mayStart() {
    return System.nanoTime() - deadlineNanos < 0;
  }

  @Override
  public void ended(Outcome outcome) {
    ended.accept(
        abandoned && outcome instanceof Outcome.Killed
            ? new Outcome.Broken("it was ended because no owner of its task asked for it")
            : outcome);
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public String taskId() {
    return order.key().taskId();
  }

  @Override
  public @Nullable String taskName() {
    return order.taskName();
  }

  @Override
  public Map<String, String> labels() {
    return order.labels();
  }

  @Override
  public long generation() {
    return order.key().generation();
  }

  @Override
  public long runNumber() {
    return order.key().runNumber();
  }

  @Override
  public @Nullable String arg() {
    return order.arg();
  }

  @Override
  public int number() {
    return order.key().attempt();
  }

  @Override
  public long dueMillis() {
    return order.dueMillis();
  }

  @Override
  public long startMillis() {
    return order.startMillis();
  }

  @Override
  public long fencingToken() {
    return order.fencingToken();
  }

  @Override
  public long mutexToken() {
    return order.mutexToken();
  }

  @Override
  public String traceparent() {
    return order.traceparent();
  }
}
