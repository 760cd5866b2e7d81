package io.xcron.node;

import io.xcron.http.TargetDeniedException;
import io.xcron.http.TaskChecks;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpRules;
import io.xcron.target.ShellRules;

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
    switch (task.target()) {
      case Target.Http http -> {
        HttpRules.check(http);
        String reason = policy.checkWritten(http);
        if (reason != null) {
          throw new TargetDeniedException(reason);
        }
      }
      case Target.Shell shell -> ShellRules.check(shell);
      case Target.Service service -> {}
      case Target.Handler handler -> {}
    }
  }
}
