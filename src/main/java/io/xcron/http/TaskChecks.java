package io.xcron.http;

import io.xcron.model.CallbackService;
import io.xcron.model.Task;

/**
 * What else is asked of a definition before it is written: the target's own rules and the policy of
 * addresses.
 */
@FunctionalInterface
public interface TaskChecks {
  /**
   * Called on the request's thread for each definition that a caller gives, before the write; must
   * not block and must not resolve names.
   *
   * @throws io.xcron.model.InvalidTaskException if the definition is wrong
   * @throws TargetDeniedException if the definition is right but its target may not be called from
   *     here
   */
  void check(Task task);

  /** The same for a service, whose nodes are called as targets are. */
  default void check(CallbackService service) {}
}
