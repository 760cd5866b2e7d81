package io.xcron.http;

import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import io.xcron.model.Task;

/**
 * The one list of what the API can read and this version does not run. It is refused, because a
 * definition that is stored and not honoured is worse than none. A line goes when its engine comes.
 */
final class NotYet {
  private NotYet() {}

  static void refuse(Task task) {
    refuse(task.policy().mutex() != null, "policy.mutex");
    switch (task.target()) {
      case Target.Http http -> {}
      case Target.Service service -> {}
      case Target.Shell shell -> {}
      case Target.Handler handler -> refuse(true, "target.handler");
    }
  }

  private static void refuse(boolean used, String field) {
    if (used) {
      throw new InvalidTaskException(field, "is not run by this version yet");
    }
  }
}
