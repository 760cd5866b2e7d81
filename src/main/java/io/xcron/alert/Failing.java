package io.xcron.alert;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The tasks whose last run failed, so that a success is known for a recovery. Bounded: of more, the
 * one that failed longest ago is forgotten, and its recovery not told. Any thread; never waits for
 * long.
 */
final class Failing {
  private final int most;

  /** In the order of their last failures; guarded by itself. */
  private final Set<String> tasks = new LinkedHashSet<>();

  /** Whether there is any: in the common case nothing fails, and nobody waits. */
  private volatile boolean any;

  Failing(int most) {
    this.most = most;
  }

  void failed(String taskId) {
    synchronized (tasks) {
      tasks.remove(taskId);
      tasks.add(taskId);
      if (tasks.size() > most) {
        Iterator<String> oldest = tasks.iterator();
        oldest.next();
        oldest.remove();
      }
      any = true;
    }
  }

  /** Whether the task had failed; it has not any more. */
  boolean recovered(String taskId) {
    return any && remove(taskId);
  }

  void forget(String taskId) {
    if (any) {
      var unused = remove(taskId);
    }
  }

  private boolean remove(String taskId) {
    synchronized (tasks) {
      boolean had = tasks.remove(taskId);
      any = !tasks.isEmpty();
      return had;
    }
  }

  int size() {
    synchronized (tasks) {
      return tasks.size();
    }
  }
}
