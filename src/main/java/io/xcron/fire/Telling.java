package io.xcron.fire;

import io.xcron.model.Chain;
import io.xcron.model.ChainChange;
import io.xcron.model.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the followers of a task of its ends, one write after the other: first one that changes
 * nothing, whose answer means that the ends are durable; then each end to each follower; then that
 * they have been told. A crash in between repeats it from the beginning, which the followers hear
 * once.
 */
final class Telling extends Timed implements BiConsumer<Change.Applied, Throwable> {
  /** One end to be told to one follower. */
  private record Word(Chain.Follower follower, ChainChange.Trigger trigger) {}

  private final PartitionFires home;
  private final TaskRuns task;
  private final List<Word> words = new ArrayList<>();
  private final List<String> gone = new ArrayList<>();
  private int next;
  private boolean durable;
  private long throughEnd;
  private volatile boolean failed;
  private volatile Change.@Nullable Applied answer;

  /** Whether a write of it is on its way. */
  boolean underWay;

  int failures;

  Telling(PartitionFires home, TaskRuns task) {
    this.home = home;
    this.task = task;
  }

  TaskRuns task() {
    return task;
  }

  /** The task that the next write is for. */
  String to() {
    return durable && next < words.size() ? words.get(next).follower().id() : task.id;
  }

  Change change() {
    if (durable && next < words.size()) {
      return words.get(next).trigger();
    }
    return new ChainChange.Told(task.generation, throughEnd, gone);
  }

  boolean failed() {
    return failed;
  }

  /** Goes on by the grid's answer. Answers whether all has been told, and that written. */
  boolean answered(long nowMillis) {
    Change.Applied applied = answer;
    if (!durable) {
      durable = true;
      if (applied instanceof Change.Applied.Unchanged unchanged && unchanged.record() != null) {
        collect(unchanged.record().chain());
      }
      return words.isEmpty() && throughEnd == 0;
    }
    if (next == words.size()) {
      return true;
    }
    Chain.Follower follower = words.get(next).follower();
    if (applied instanceof Change.Applied.Refused
        && nowMillis - follower.sinceMillis() > Chain.GONE_AFTER_MILLIS
        && !gone.contains(follower.id())) {
      gone.add(follower.id());
    }
    next++;
    return false;
  }

  private void collect(Chain chain) {
    for (Chain.End end : chain.ends()) {
      throughEnd = end.sequence();
      ChainChange.Trigger trigger =
          new ChainChange.Trigger(
              task.id, task.generation, end.sequence(), end.outcome(), end.endMillis());
      for (Chain.Follower follower : chain.followers()) {
        if (end.sequence() > follower.fromEnd()) {
          words.add(new Word(follower, trigger));
        }
      }
    }
  }

  /** The grid's answer, on any thread. */
  @Override
  public void accept(Change.@Nullable Applied applied, @Nullable Throwable failure) {
    answer = applied;
    failed = failure != null;
    home.signal(new Signal(home, task, null, Signal.Kind.TOLD, null), true);
  }
}
