package io.xcron.model;

/** The state of a task as the API shows it. */
public enum TaskState {
  SCHEDULED,
  RUNNING,
  PAUSED,
  FINISHED,
  DEAD,
  DISABLED
}
