package io.xcron.target;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where others' work is run on this member: the commands and the handlers that it has itself. */
final class OwnBench implements RunsForOthers.Bench {
  private final MemberLink.Peer self;
  private final LocalShell local;
  private final Handlers own;
  private final HandlerTargets handlers;
  private final Map<AttemptKey, ShellRunner.Place> places = new ConcurrentHashMap<>();
  private final Map<AttemptKey, GuestAttempt> calls = new ConcurrentHashMap<>();

  OwnBench(MemberLink.Peer self, LocalShell local, Handlers own, HandlerTargets handlers) {
    this.self = self;
    this.local = local;
    this.own = own;
    this.handlers = handlers;
  }

  @Override
  public MemberMessage.@Nullable Refused reserve(AttemptKey key, @Nullable String handler) {
    String name = self.name();
    if (handler != null) {
      if (own.find(handler) == null) {
        return new MemberMessage.Refused(key, false, name + " has no handler " + handler);
      }
      return handlers.isFull()
          ? new MemberMessage.Refused(key, true, name + " calls too many handlers")
          : null;
    }
    if (!self.shell()) {
      return new MemberMessage.Refused(key, false, name + " runs no shell commands");
    }
    MemberMessage.@Nullable Refused[] refusal = {null};
    local.reserve(
        name,
        key,
        answer -> {
          switch (answer) {
            case ShellRunner.Answer.Held held -> places.put(key, held.place());
            case ShellRunner.Answer.Refused refused ->
                refusal[0] = new MemberMessage.Refused(key, refused.full(), refused.reason());
          }
        });
    return refusal[0];
  }

  @Override
  public void giveBack(AttemptKey key) {
    ShellRunner.Place place = places.remove(key);
    if (place != null) {
      place.giveBack();
    }
  }

  @Override
  public void start(Work work, long leftNanos, Consumer<Outcome> ended) {
    switch (work) {
      case ShellCommand command -> {
        ShellRunner.Place place = places.remove(command.key());
        if (place == null) {
          ended.accept(new Outcome.Withdrawn());
        } else {
          place.start(command, leftNanos, ended);
        }
      }
      case HandlerOrder order -> {
        GuestAttempt call =
            new GuestAttempt(
                order,
                leftNanos,
                outcome -> {
                  calls.remove(order.key());
                  ended.accept(outcome);
                });
        calls.put(order.key(), call);
        if (!handlers.start(call)) {
          call.ended(new Outcome.Withdrawn());
        }
      }
    }
  }

  @Override
  public boolean hear(AttemptKey key, Consumer<Outcome> ended) {
    if (!local.knows(key)) {
      return false;
    }
    local.rejoin(self.name(), key, ended);
    return true;
  }

  @Override
  public void kill(AttemptKey key, boolean abandoned) {
    GuestAttempt call = calls.get(key);
    if (call != null) {
      call.abandoned = abandoned;
      handlers.kill(call);
    } else if (abandoned) {
      local.abandon(key);
    } else {
      local.kill(self.name(), key);
    }
  }

  @Override
  public @Nullable OutputPiece output(AttemptKey key, long from) {
    ShellOutput output = local.output(key);
    return output == null ? null : output.piece(from);
  }
}
