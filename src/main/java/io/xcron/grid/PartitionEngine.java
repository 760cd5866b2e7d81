package io.xcron.grid;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.TaskRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the grid tells the engine of one partition. Called on the partition's thread with {@link
 * TaskSlots#lock()} held; must not block and must not call the grid back from the call.
 */
public interface PartitionEngine {
  /** The run of this task that has started and is not written yet, if any. */
  Change.@Nullable Unwritten unwritten(int slot);

  /**
   * Runs that the record holds as waiting, and of which an attempt is with its target now: as the
   * record shall know them. A start is not written for itself; a change that {@link
   * Change#tellsWhatHasStarted tells of it} writes it, so that whoever waits for what is out sees
   * it in the record, from any member and under any next owner.
   */
  List<OpenRun> started(int slot);

  /**
   * A task was stored or removed, in the order of the writes and before the write is acknowledged:
   * when this returns, nothing starts any more that the write excludes.
   *
   * @param before what was there; null for a new task
   * @param after what is there now; null for a removed task, whose slot ends with this call
   */
  void changed(int slot, @Nullable TaskRecord before, @Nullable TaskRecord after);

  /**
   * The partition is to move to another member, and that can wait: stops as by {@link #drained} if
   * no run is under way at this moment, else goes on as if it had not been asked.
   */
  default boolean stopAtRest() {
    return true;
  }

  /**
   * The partition is to move to another member: from the first call on nothing new starts, and it
   * is asked again until it answers that no run is under way that is not written down, or until the
   * grid's patience ends. Then comes {@link #closed}.
   */
  default boolean drained() {
    return true;
  }

  /** The replica is gone from this member: nothing starts any more for the partition. */
  void closed();
}
