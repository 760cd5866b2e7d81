package io.xcron.alert;

import java.util.concurrent.ConcurrentHashMap;

/**
 * The tasks whose last run failed, so that a success is known for a recovery. Bounded: when there
 * are too many, a further one is not remembered and its recovery not told. Any thread; never waits
 * for long.
 */
final class Failing {
  private final int most;
  private final ConcurrentHashMap<String, Boolean> tasks = new ConcurrentHashMap<>();

  Failing(int most) {
    this.most = most;
  }

  /** Answers whether it is remembered. */
  boolean failed(String taskId) {
    if (tasks.size() >= most) {
      return tasks.containsKey(taskId);
    }
    tasks.put(taskId, Boolean.TRUE);
    return true;
  }

  /** Whether the task had failed; it has not any more. */
  boolean recovered(String taskId) {
    // The common case: nothing fails, and no hash is computed.
    return !tasks.isEmpty() && tasks.remove(taskId) != null;
  }

  void forget(String taskId) {
    tasks.remove(taskId);
  }

  int size() {
    return tasks.size();
  }
}
