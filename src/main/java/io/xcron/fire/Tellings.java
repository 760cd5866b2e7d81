package io.xcron.fire;

/**
 * Lets tasks tell their followers of their ends. A task has one telling at a time, with one write
 * on its way, and counts as a run as long as it goes on. Under the partition's lock, on the lane's
 * thread.
 */
final class Tellings {
  private final PartitionFires home;
  private final Lane lane;
  private final RunTimers timers;

  Tellings(PartitionFires home, Lane lane, RunTimers timers) {
    this.home = home;
    this.lane = lane;
    this.timers = timers;
  }

  /** Begins to tell what the record says is to be told, unless that goes on already. */
  void begin(TaskRuns task) {
    if (task.telling == null && home.record(task).hasEndsToTell()) {
      Telling telling = new Telling(home, task);
      task.telling = telling;
      lane.runsAdded(1);
      goOn(telling);
    }
  }

  void goOn(Telling telling) {
    if (!home.draining() && telling.task().telling == telling) {
      telling.underWay = true;
      lane.outbox().tell(telling);
    }
  }

  /** What is not known to be done is done again, however often. */
  void answered(TaskRuns task, long nowMillis) {
    Telling telling = task.telling;
    if (telling == null || !telling.underWay) {
      return;
    }
    telling.underWay = false;
    if (telling.failed()) {
      timers.schedule(telling, nowMillis + Backoff.beforeWriteMillis(++telling.failures));
      return;
    }
    telling.failures = 0;
    if (telling.answered(nowMillis)) {
      // Ends that came meanwhile are told by another one.
      task.telling = null;
      lane.runsAdded(-1);
    } else {
      goOn(telling);
    }
  }
}
