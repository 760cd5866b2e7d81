package io.xcron.alert;

import java.util.function.Consumer;

/** A way to somebody. */
interface Channel extends AutoCloseable {
  /**
   * Tries once, without blocking the caller.
   *
   * @param done called exactly once, by any thread, unless this throws
   */
  void send(Message message, Consumer<Result> done);

  /** For the log, without secrets. */
  @Override
  String toString();

  @Override
  default void close() {}

  /**
   * How a try ended.
   *
   * @param again whether another try may help
   * @param reason what went wrong; empty for nothing
   */
  record Result(boolean delivered, boolean again, String reason) {
    static final Result DELIVERED = new Result(true, false, "");

    static Result failed(String reason) {
      return new Result(false, true, reason);
    }

    static Result refused(String reason) {
      return new Result(false, false, reason);
    }
  }
}
