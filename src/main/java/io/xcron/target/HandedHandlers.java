package io.xcron.target;

import io.xcron.model.Target;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The handlers of this member, and the way to those of the others. Nobody keeps a list of who has
 * which: code may be added at any time, so all others are asked for a place at once, and the first
 * that has one gets the attempt.
 */
final class HandedHandlers implements Handlers {
  /** Each answer comes within {@link RunsElsewhere#PATIENCE} and a tick; this is for our own. */
  private static final long ANSWER_SECONDS = 5;

  /** An attempt on its way, or elsewhere. Guarded by itself. */
  private static final class Handed {
    @Nullable String member;
    boolean killed;
  }

  /** What has become of the question to all. */
  private sealed interface Found {
    record On(String member) implements Found {}

    record Nowhere(boolean full) implements Found {}
  }

  private final MemberLink link;
  private final Handlers own;
  private final MemberRuns runs;
  private final Map<Attempt, Handed> handed = Collections.synchronizedMap(new IdentityHashMap<>());

  HandedHandlers(MemberLink link, Handlers own, MemberRuns runs) {
    this.link = link;
    this.own = own;
    this.runs = runs;
  }

  @Override
  public @Nullable HandlerCode find(String name) {
    return own.find(name);
  }

  @Override
  public boolean handOn(Attempt attempt, String name, Consumer<Outcome> ended) {
    // What came from another member is not sent on: nobody would know where it is.
    if (attempt instanceof GuestAttempt) {
      return false;
    }
    Handed one = new Handed();
    handed.put(attempt, one);
    AttemptKey key = AttemptKey.of(attempt);
    return switch (find(key, name)) {
      case Found.On on -> {
        start(attempt, key, one, on.member(), ended);
        yield true;
      }
      case Found.Nowhere nowhere -> {
        handed.remove(attempt);
        if (nowhere.full()) {
          ended.accept(new Outcome.Withdrawn());
        }
        yield nowhere.full();
      }
    };
  }

  private Found find(AttemptKey key, String handler) {
    List<String> others = others();
    if (others.isEmpty()) {
      return new Found.Nowhere(false);
    }
    CompletableFuture<Found> first = new CompletableFuture<>();
    AtomicInteger waitedFor = new AtomicInteger(others.size());
    AtomicBoolean full = new AtomicBoolean();
    for (String member : others) {
      runs.reserve(
          member,
          key,
          handler,
          word -> {
            if (word instanceof MemberMessage.Refused refused && refused.full()) {
              full.set(true);
            }
            if (word instanceof MemberMessage.Ready && !first.complete(new Found.On(member))) {
              runs.giveBack(member, key);
            }
            if (waitedFor.decrementAndGet() == 0) {
              first.complete(new Found.Nowhere(full.get()));
            }
          });
    }
    try {
      return first.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return givenUp(first, key);
    } catch (ExecutionException | TimeoutException e) {
      return givenUp(first, key);
    }
  }

  private Found givenUp(CompletableFuture<Found> first, AttemptKey key) {
    if (!first.complete(new Found.Nowhere(true)) && first.join() instanceof Found.On on) {
      runs.giveBack(on.member(), key);
    }
    return new Found.Nowhere(true);
  }

  private void start(
      Attempt attempt, AttemptKey key, Handed one, String member, Consumer<Outcome> ended) {
    boolean killed;
    synchronized (one) {
      killed = one.killed;
    }
    if (!killed) {
      attempt.placed(member);
    }
    if (killed || !(attempt.target() instanceof Target.Handler target) || !Loop.mayStart(attempt)) {
      handed.remove(attempt);
      runs.giveBack(member, key);
      ended.accept(new Outcome.Withdrawn());
      return;
    }
    runs.start(
        member,
        HandlerOrder.of(attempt, target),
        attempt.leftNanos(),
        outcome -> {
          handed.remove(attempt);
          ended.accept(outcome);
        });
    synchronized (one) {
      one.member = member;
      killed = one.killed;
    }
    if (killed) {
      runs.kill(member, key);
    }
  }

  @Override
  public void kill(Attempt attempt) {
    Handed one = handed.get(attempt);
    if (one == null) {
      return;
    }
    String member;
    synchronized (one) {
      one.killed = true;
      member = one.member;
    }
    if (member != null) {
      runs.kill(member, AttemptKey.of(attempt));
    }
  }

  @Override
  public boolean rejoin(Attempt attempt, String member, Consumer<Outcome> ended) {
    Handed one = new Handed();
    one.member = member;
    handed.put(attempt, one);
    runs.rejoin(
        member,
        AttemptKey.of(attempt),
        outcome -> {
          handed.remove(attempt);
          ended.accept(outcome);
        });
    return true;
  }

  @Override
  public String missing(String name) {
    int others = others().size();
    return own.missing(name)
        + (others == 0 ? "" : ", nor on any of the " + others + " other members");
  }

  private List<String> others() {
    String self = link.self().name();
    return link.members().stream()
        .map(MemberLink.Peer::name)
        .filter(name -> !name.equals(self))
        .toList();
  }
}
