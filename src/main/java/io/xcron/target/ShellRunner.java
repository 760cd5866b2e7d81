package io.xcron.target;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands on members. {@link LocalShell} runs them on this one; {@link MemberRuns} puts its
 * way to the others before it. Any thread may call; no call blocks.
 */
public interface ShellRunner extends AutoCloseable {
  /** A place for one command on a member: to be used or given back, once, and soon. */
  interface Place {
    /**
     * Starts the command.
     *
     * @param leftNanos for how long from now on it may be started
     * @param ended told exactly once, with {@link Outcome.Exited}, {@link Outcome.Killed}, {@link
     *     Outcome.TimedOut}, {@link Outcome.Broken} when the member was lost or stopped, {@link
     *     Outcome.Withdrawn} when it surely was not started in the time that was left, or {@link
     *     Outcome.ConnectFailed} when it surely could not be; on any thread, perhaps before this
     *     returns; must not block
     */
    void start(ShellCommand command, long leftNanos, Consumer<Outcome> ended);

    void giveBack();
  }

  /** What a member says to the wish for a place. */
  sealed interface Answer {
    record Held(Place place) implements Answer {}

    /**
     * There is no place.
     *
     * @param full there may be one later
     * @param reason with the name of the member
     */
    record Refused(boolean full, String reason) implements Answer {}
  }

  /**
   * Asks for a place on a member.
   *
   * @param answer told exactly once and within half a second; on any thread, perhaps before this
   *     returns; must not block
   */
  void reserve(String member, AttemptKey key, Consumer<Answer> answer);

  /**
   * Hears again of the end of a command that an earlier owner of its task has started.
   *
   * @param ended as for {@link Place#start}, beside whoever heard of it before; {@link
   *     Outcome.Broken} when that member is not here, or knows nothing of such a command
   */
  void rejoin(String member, AttemptKey key, Consumer<Outcome> ended);

  /** Ends a command by force, with all of its process group; nothing when it has ended. */
  void kill(String member, AttemptKey key);

  /** What the newest attempt of a run has written so far; null when none is under way here. */
  @Nullable CommandOutput liveOutput(String taskId, long runNumber);

  /** Kills what runs here. Returns when each end was told, or after a few seconds. */
  @Override
  void close();
}
