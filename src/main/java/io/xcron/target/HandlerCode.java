package io.xcron.target;

/** Java code that a run calls. */
@FunctionalInterface
public interface HandlerCode {
  /**
   * Called on a virtual thread of its own, and interrupted when the run is killed or its time is
   * over. What it throws is a failure of the attempt.
   */
  void run(HandlerCall call) throws Exception;
}
