package io.xcron.alert;

import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import io.xcron.model.Time;
import io.xcron.target.Notice;
import io.xcron.target.Outcome;
import io.xcron.target.Targets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** Posts to a URL, through the sender of callbacks with all its rules. */
final class Webhook implements Channel {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Targets targets;
  private final String url;
  private final Time time;

  Webhook(Targets targets, String url, Time time) {
    this.targets = targets;
    this.url = url;
    this.time = time;
  }

  @Override
  public void send(Message message, Consumer<Result> done) {
    Target.Http target;
    try {
      target = new Target.Http(url, "POST", Map.of(), message.document(), TIMEOUT);
    } catch (InvalidTaskException e) {
      done.accept(Result.refused(e.reason()));
      return;
    }
    Notice notice =
        new Notice(
            target, message.id(), time.nowMillis(), outcome -> done.accept(resultOf(outcome)));
    if (!targets.start(notice)) {
      done.accept(Result.failed("too many requests wait"));
    }
  }

  private static Result resultOf(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Answered answered ->
          answered.success() ? Result.DELIVERED : Result.failed("status " + answered.status());
      case Outcome.ConnectFailed failed -> Result.failed(failed.reason());
      case Outcome.TimedOut timedOut -> Result.failed("no answer in time");
      case Outcome.Broken broken -> Result.failed(broken.reason());
      case Outcome.Denied denied -> Result.refused(denied.reason());
      case Outcome.Unsendable unsendable -> Result.refused(unsendable.reason());
      case Outcome.Withdrawn withdrawn -> Result.failed("withdrawn");
      // What only tasks come to.
      case Outcome.Accepted accepted -> Result.DELIVERED;
      case Outcome.Exited exited -> Result.refused("no answer of a webhook");
      case Outcome.Killed killed -> Result.refused("ended by force");
    };
  }

  @Override
  public String toString() {
    return "webhook";
  }
}
