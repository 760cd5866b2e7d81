package io.xcron.node;

import io.xcron.http.TargetDeniedException;
import io.xcron.http.TaskChecks;
import io.xcron.model.Alert;
import io.xcron.model.CallbackService;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpRules;
import io.xcron.target.ShellRules;
import java.util.Map;

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
    Alert alert = task.alert();
    if (alert != null && alert.webhook() != null) {
      checkWebhook(alert.webhook());
    }
    if (task.target() instanceof Target.Service service && service.path() != null) {
      checkPath(service.path().strip());
    }
  }

  private void checkWebhook(String url) {
    Target.Http target;
    try {
      target = post(url);
      HttpRules.check(target);
    } catch (InvalidTaskException e) {
      throw new InvalidTaskException("alert.webhook", e.reason());
    }
    String reason = policy.checkWritten(target);
    if (reason != null) {
      throw new TargetDeniedException("alert.webhook: " + reason);
    }
  }

  private static void checkPath(String path) {
    try {
      HttpRules.check(post("http://node" + (path.startsWith("/") ? path : "/" + path)));
    } catch (InvalidTaskException e) {
      throw new InvalidTaskException("target.service.path", e.reason());
    }
  }

  @Override
  public void check(CallbackService service) {
    for (int i = 0; i < service.nodes().size(); i++) {
      Target.Http target;
      try {
        target = post(service.nodes().get(i).url());
        HttpRules.check(target);
      } catch (InvalidTaskException e) {
        throw new InvalidTaskException("nodes[" + i + "].url", e.reason());
      }
      String reason = policy.checkWritten(target);
      if (reason != null) {
        throw new TargetDeniedException("nodes[" + i + "].url: " + reason);
      }
    }
  }

  private static Target.Http post(String url) {
    return new Target.Http(url, "POST", Map.of(), null, Target.Http.DEFAULT_TIMEOUT);
  }
}
