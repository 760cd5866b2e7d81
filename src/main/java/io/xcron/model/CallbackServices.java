package io.xcron.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The services that tasks may name. Asked by any thread; never blocks. */
public interface CallbackServices {
  /** The service of this name, or null. */
  @Nullable CallbackService service(String name);

  /** All that there are; the same list as before while nothing has changed. */
  List<CallbackService> services();
}
