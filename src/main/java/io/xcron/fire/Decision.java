package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.RunChange;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A decision on its way to the disk. Until it is there nothing else is decided for its task. */
final class Decision extends Timed implements BiConsumer<Change.Applied, Throwable> {
  private final PartitionFires home;
  private final TaskRuns task;
  private final RunChange.Decide change;

  /** The run that the decision makes possible; null for none. */
  final @Nullable Run opens;

  private final @Nullable String detail;
  private volatile Change.@Nullable Applied applied;
  int failures;

  /**
   * A decision to be sent.
   *
   * @param detail why instants are let go, when they are
   */
  Decision(
      PartitionFires home,
      TaskRuns task,
      RunChange.Decide change,
      @Nullable Run opens,
      @Nullable String detail) {
    this.home = home;
    this.task = task;
    this.change = change;
    this.opens = opens;
    this.detail = detail;
  }

  TaskRuns task() {
    return task;
  }

  RunChange.Decide change() {
    return change;
  }

  Change.@Nullable Applied applied() {
    return applied;
  }

  /** The grid's answer, on any thread. */
  @Override
  public void accept(Change.@Nullable Applied answer, @Nullable Throwable failure) {
    applied = answer;
    LastRun let = change.lastRun();
    if (let != null && detail != null && answer instanceof Change.Applied.Stored) {
      home.log(task.task, RunRecords.letGo(task, let, home.member(), detail));
    }
    Signal.Kind kind = failure == null ? Signal.Kind.DECIDED : Signal.Kind.DECIDE_FAILED;
    home.signal(new Signal(home, task, null, kind, null), true);
  }
}
