package io.xcron.grid;

import io.xcron.model.TaskRecord;
import java.util.concurrent.locks.Lock;

/**
 * The tasks of one partition by slot: small numbers, dense, each naming one task from its first
 * store to its removal, free for another afterwards. Read under {@link #lock()} only.
 */
public interface TaskSlots {
  int partition();

  /**
   * Held by the grid while it changes the partition and tells its engine; held by the engine while
   * it decides.
   */
  Lock lock();

  String id(int slot);

  TaskRecord record(int slot);
}
