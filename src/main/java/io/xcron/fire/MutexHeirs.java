package io.xcron.fire;

import io.xcron.model.OpenRun;
import io.xcron.model.TaskRecord;
import io.xcron.slice.MutexTable.Hold;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a run that held a mutex in a former owner's time has somebody who goes on with it.
 */
final class MutexHeirs {
  private MutexHeirs() {}

  /**
   * A run that was never written may be repeated by the new owner: it then waits like any other. So
   * does one that is paused.
   */
  static boolean goesOn(Hold hold, @Nullable TaskRecord record) {
    if (record == null || record.generation() != hold.generation()) {
      return false;
    }
    OpenRun open = record.progress().openRun(hold.run());
    return open != null && !(open.state() == OpenRun.State.WAITING && TaskRuns.barred(record));
  }
}
