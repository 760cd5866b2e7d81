package io.xcron.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change of what a task and those that run after it know of each other. Each stands in one task
 * only; the engine carries them from one to the other, so all may be repeated.
 */
public sealed interface ChainChange extends Change {

  /**
   * Another task is to run after this one. Repeated, it says that the other one is there.
   *
   * @param follower its id
   */
  record Follow(String follower) implements ChainChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NO_PREDECESSOR);
      }
      Progress before = current.progress();
      Chain chain = before.chain();
      if (chain.hasFollower(follower)) {
        // It may have been away for a moment, and its absence be on its way here.
        Progress stays = before.withChain(chain.stays(follower, stamp.nowMillis()));
        return stamp.stored(current, stays.with(unwritten));
      }
      if (chain.followers().size() >= Chain.MAX_FOLLOWERS) {
        return new Applied.Refused(Refusal.TOO_MANY_FOLLOWERS);
      }
      Progress followed = before.withChain(chain.followedBy(follower, stamp.nowMillis()));
      return stamp.stored(current, followed.with(unwritten));
    }
  }

  /**
   * The task that this one runs after has ended a run: this one takes its next number, if its
   * definition asks for such an end and it may fire. A task that is paused, disabled or finished,
   * is before its start or after its end, or has as many open runs as may be, hears of the end and
   * lets it go. Its runs wait for each other whatever the overlap policy says, unless that allows
   * them to go on together. An end that was heard before, or lies before the task's creation,
   * changes nothing.
   *
   * @param predecessor the id of the task that ended
   * @param generation its generation
   * @param end which of its ends this is
   */
  record Trigger(String predecessor, long generation, long end, RunOutcome outcome, long endMillis)
      implements ChainChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      Task task = current.task("-");
      Policy.After after = task.policy().after();
      if (after == null || !after.task().equals(predecessor)) {
        return new Applied.Refused(Refusal.NOT_FOLLOWING);
      }
      Progress before = current.progress();
      if (before.chain().hasHeard(generation, end)
          || endMillis < current.createdMillis()
          || !after.on().fits(outcome)) {
        return new Applied.Unchanged(current);
      }
      Progress progress = before.with(unwritten).withChain(before.chain().hearing(generation, end));
      long now = stamp.nowMillis();
      if (current.fires() && within(task, now) && mayOpen(task, progress)) {
        long number = progress.decidedNumber() + 1;
        OpenRun run = new OpenRun(number, now, now, 0, OpenRun.State.WAITING, 0, 0, null, null);
        progress = progress.withOpenRuns(List.of(run));
      }
      return stamp.stored(current, progress);
    }

    private static boolean within(Task task, long nowMillis) {
      Instant start = task.start();
      Instant end = task.end();
      return (start == null || nowMillis >= start.toEpochMilli())
          && (end == null || nowMillis <= end.toEpochMilli());
    }

    private static boolean mayOpen(Task task, Progress progress) {
      int open = progress.openRuns().size();
      return open < OpenRun.MAX_PER_TASK
          && (task.maxRuns() == 0 || progress.delivered() + open < task.maxRuns());
    }
  }

  /**
   * The followers have been told of this task's ends.
   *
   * @param throughEnd the last of them; 0 for none, which asks for nothing but that all that is
   *     stored by now be durable
   * @param gone followers that are not there any more
   */
  record Told(long generation, long throughEnd, List<String> gone) implements ChainChange {
    public Told {
      gone = List.copyOf(gone);
    }

    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null || current.generation() != generation) {
        return new Applied.Unchanged(current);
      }
      Progress before = current.progress();
      Chain chain = before.chain().told(throughEnd, gone, stamp.nowMillis());
      return chain.equals(before.chain())
          ? new Applied.Unchanged(current)
          : stamp.stored(current, before.with(unwritten).withChain(chain));
    }
  }
}
