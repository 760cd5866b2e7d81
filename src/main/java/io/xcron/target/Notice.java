package io.xcron.target;

import io.xcron.model.Target;
import java.util.function.Consumer;

/**
 * A message of ours to somebody: one POST with the headers of Standard Webhooks and none of a run.
 * Repeats are the caller's.
 */
public final class Notice extends OfNoRun {
  /**
   * A message that is sent when {@link Targets#start} gets it.
   *
   * @param id the message's own, the same at each try
   * @param startMillis the time that is signed
   * @param ear told once how it ended, on an event loop
   */
  public Notice(Target.Http target, String id, long startMillis, Consumer<Outcome> ear) {
    super(target, id, startMillis, ear);
  }

  String id() {
    return taskId();
  }
}
