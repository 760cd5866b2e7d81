package io.xcron.target;

import org.jspecify.annotations.Nullable;

/**
 * What two members say to each other about one attempt that the one owns and the other runs. Each
 * message may be lost, and a late one may come after those that were sent later; none comes twice.
 */
sealed interface MemberMessage {
  AttemptKey key();

  /** From the owner to the member that is to run it. */
  sealed interface Order extends MemberMessage {}

  /** From the member that runs it to who has asked. */
  sealed interface Word extends MemberMessage {}

  /**
   * Is there a place?
   *
   * @param handler whose code is needed; null for a command
   */
  record Reserve(AttemptKey key, @Nullable String handler) implements Order {}

  /** The place is not needed. */
  record GiveBack(AttemptKey key) implements Order {}

  /**
   * Start it, on the place of this stamp.
   *
   * @param leftNanos for how long after the stamp was made it may be started at most
   */
  record Go(long stamp, long leftNanos, Work work) implements Order {
    @Override
    public AttemptKey key() {
      return work.key();
    }
  }

  /**
   * How is it? Whoever asks hears of the end too.
   *
   * @param outputFrom how much of the output is known
   */
  record Ask(AttemptKey key, long outputFrom) implements Order {}

  /** End it by force. */
  record Kill(AttemptKey key) implements Order {}

  /**
   * There is a place.
   *
   * @param stamp when, on the clock of the member that has the place: of use to it alone
   */
  record Ready(AttemptKey key, long stamp) implements Word {}

  /**
   * There is none.
   *
   * @param full there may be one later
   */
  record Refused(AttemptKey key, boolean full, String reason) implements Word {}

  /** It goes on, and this is what it has written. */
  record Runs(AttemptKey key, OutputPiece output) implements Word {}

  /**
   * It was not started on the place of this stamp, and will not be. An attempt that was not started
   * is offered again under its key, so that a late word must not be taken for one about the next
   * place.
   */
  record NotStarted(AttemptKey key, long stamp) implements Word {}

  /** It has ended. */
  record Ended(AttemptKey key, Outcome outcome) implements Word {}

  /** Nothing is known of it. */
  record Unknown(AttemptKey key) implements Word {}
}
