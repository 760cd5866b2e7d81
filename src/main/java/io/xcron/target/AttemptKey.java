package io.xcron.target;

/** Which attempt it is, whichever member asks. */
public record AttemptKey(String taskId, long generation, long runNumber, int attempt) {
  static AttemptKey of(Attempt attempt) {
    return new AttemptKey(
        attempt.taskId(), attempt.generation(), attempt.runNumber(), attempt.number());
  }
}
