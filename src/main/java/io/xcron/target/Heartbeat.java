package io.xcron.target;

import io.xcron.model.Target;
import java.util.function.Consumer;

/** The question to a node whether it is there. */
final class Heartbeat extends OfNoRun {
  Heartbeat(Target.Http target, Consumer<Outcome> ear) {
    super(target, "heartbeat", 0, ear);
  }
}
