package io.xcron.target;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands on members. {@link LocalShell} runs them on this one; a cluster puts its way to the
 * others before it. Any thread may call; no call blocks.
 */
public interface ShellRunner extends AutoCloseable {
  /**
   * Starts a command on a member.
   *
   * @param ended told exactly once after a true, with {@link Outcome.Exited}, {@link
   *     Outcome.Killed}, {@link Outcome.TimedOut}, {@link Outcome.Broken} when the member was lost
   *     or stopped, or {@link Outcome.ConnectFailed} when the command surely did not start; on any
   *     thread, perhaps before this returns; must not block
   * @return false when that member is not known here or has no room: nothing was started
   */
  boolean start(String member, ShellCommand command, Consumer<Outcome> ended);

  /**
   * Hears again of the end of a command that an earlier owner of its task has started.
   *
   * @param ended as for {@link #start}, beside whoever heard of it before
   * @return false when that member is not known here, or knows nothing of such a command
   */
  boolean rejoin(String member, ShellCommand.Key key, Consumer<Outcome> ended);

  /** Ends a command by force, with all of its process group; nothing when it has ended. */
  void kill(String member, ShellCommand.Key key);

  /** What the newest attempt of a run has written so far; null when none is under way here. */
  @Nullable CommandOutput liveOutput(String taskId, long runNumber);

  /** Kills what runs. Returns when each end was told, or after a few seconds. */
  @Override
  void close();
}
