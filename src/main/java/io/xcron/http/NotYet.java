package io.xcron.http;

import io.xcron.model.InvalidTaskException;
import io.xcron.model.Task;

/**
 * The one list of what the API can read and this version does not run. It is refused, because a
 * definition that is stored and not honoured is worse than none. A line goes when its engine comes.
 */
final class NotYet {
  private NotYet() {}

  static void refuse(Task task) {
    refuse(task.policy().mutex() != null, "policy.mutex");
  }

  private static void refuse(boolean used, String field) {
    if (used) {
      throw new InvalidTaskException(field, "is not run by this version yet");
    }
  }
}
