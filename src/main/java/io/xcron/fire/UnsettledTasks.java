package io.xcron.fire;

import io.xcron.grid.TaskSlots;
import io.xcron.model.Change;
import io.xcron.model.TaskRecord;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Tasks whose next instant, or whose right to fire it, came from a write that may not be durable
 * yet. Were such an instant started before its number is written, a crash could give that number to
 * another one. Guarded by the partition's lock.
 */
final class UnsettledTasks {
  private final TaskSlots slots;
  private final BitSet unsettled = new BitSet();

  UnsettledTasks(TaskSlots slots) {
    this.slots = slots;
  }

  boolean has(int slot) {
    return unsettled.get(slot);
  }

  void add(int slot) {
    unsettled.set(slot);
  }

  /** Another task has the slot: its creation gave it its instant, and its number with that. */
  void remove(int slot) {
    unsettled.clear(slot);
  }

  /** The grid has answered a write: what came before it is as durable as itself. */
  void settle(int slot, Change.@Nullable Applied applied) {
    if (applied instanceof Change.Applied.Stored stored) {
      TaskRecord now = slots.record(slot);
      TaskRecord then = stored.record();
      if (now.epoch() == then.epoch() && now.sequence() <= then.sequence()) {
        unsettled.clear(slot);
      }
    }
  }

  void clear() {
    unsettled.clear();
  }
}
