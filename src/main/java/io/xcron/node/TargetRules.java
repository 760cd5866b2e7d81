package io.xcron.node;

import io.xcron.http.TargetDeniedException;
import io.xcron.http.TaskChecks;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpRules;

/**
 * What a target must be before its task is written. Names are resolved, and checked again, at each
 * attempt.
 */
final class TargetRules implements TaskChecks {
  private final AddressPolicy policy;

  TargetRules(AddressPolicy policy) {
    this.policy = policy;
  }

  @Override
  public void check(Task task) {
    if (task.target() instanceof Target.Http http) {
      HttpRules.check(http);
      String reason = policy.checkWritten(http);
      if (reason != null) {
        throw new TargetDeniedException(reason);
      }
    }
  }
}
