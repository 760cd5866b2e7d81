package io.xcron.model;

/**
 * Takes the records of runs. The engine that ended a run calls it, from any thread, once the run's
 * end is durable or right before; a call must be short, must not block and must not throw.
 */
public interface RunLog {
  RunLog NONE = (partition, namespace, run) -> {};

  void ended(int partition, String namespace, RunRecord run);
}
