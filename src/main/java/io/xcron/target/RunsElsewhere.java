package io.xcron.target;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The attempts that this member owns and others run. Called by one thread, but for {@link
 * #liveOutput}; as many as the targets have under way.
 *
 * <p>First a place is asked for; a member that has not said yes after {@link #PATIENCE} has none.
 * The yes has a stamp of that member's clock. Then the engine is asked, and its permission goes out
 * with the stamp: as it was given after the stamp was made, the other side may count it from there,
 * and no clocks need to be compared. From then on the member is asked twice a second how it goes,
 * until it tells of the end. One that is no member any more has lost the attempt; one that is, and
 * is silent for {@link #GIVEN_UP}, has ended it by then, because nobody has asked it.
 */
final class RunsElsewhere {
  /** Shorter than a grant lasts, so that those that wait for a silent one lose nothing. */
  static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(400);

  static final long ROUND = TimeUnit.MILLISECONDS.toNanos(500);
  static final long GIVEN_UP = RunsForOthers.ABANDONED + TimeUnit.SECONDS.toNanos(5);

  /** In the place of a stamp: another owner has started it. */
  private static final long HEARD_AGAIN = Long.MIN_VALUE;

  /** An attempt on a member. */
  private record On(String member, AttemptKey key) {}

  private record RunKey(String taskId, long runNumber) {}

  private enum State {
    /** A place was asked for. */
    RESERVING,
    /** The place is the caller's. */
    HELD,
    /** It was started, or is heard again. */
    GOING
  }

  private static final class Entry {
    final On on;
    final ShellOutput output = new ShellOutput();
    State state = State.RESERVING;
    @Nullable Consumer<MemberMessage.Word> answer;
    @Nullable Consumer<Outcome> ended;
    long stamp = HEARD_AGAIN;
    boolean killed;

    /** When the place was asked for, or the last word came. */
    long heardNanos;

    long askedNanos;

    Entry(On on, long nowNanos) {
      this.on = on;
      this.heardNanos = nowNanos;
      this.askedNanos = nowNanos;
    }
  }

  private final MemberLink link;
  private final Map<On, Entry> entries = new HashMap<>();
  private final Map<RunKey, Entry> newest = new ConcurrentHashMap<>();

  RunsElsewhere(MemberLink link) {
    this.link = link;
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * Asks for a place.
   *
   * @param handler whose code is needed; null for a command
   * @param answer told once: {@link MemberMessage.Ready}, and the place is the caller's to {@link
   *     #start} on or to {@link #giveBack}, or {@link MemberMessage.Refused}
   */
  void reserve(
      String member,
      AttemptKey key,
      @Nullable String handler,
      Consumer<MemberMessage.Word> answer,
      long nowNanos) {
    On on = new On(member, key);
    if (entries.containsKey(on)) {
      answer.accept(
          new MemberMessage.Refused(
              key, true, "this attempt has a place on " + member + " already"));
      return;
    }
    Entry entry = new Entry(on, nowNanos);
    entry.answer = answer;
    entries.put(on, entry);
    send(entry, new MemberMessage.Reserve(key, handler));
  }

  /** Starts what has a place; nothing when the place is lost, which is told. */
  void start(String member, Work work, long leftNanos, Consumer<Outcome> ended, long nowNanos) {
    Entry entry = entries.get(new On(member, work.key()));
    if (entry == null || entry.state != State.HELD) {
      ended.accept(new Outcome.Withdrawn());
      return;
    }
    entry.state = State.GOING;
    entry.ended = ended;
    entry.heardNanos = nowNanos;
    entry.askedNanos = nowNanos;
    if (work instanceof ShellCommand) {
      newest.put(runKey(entry), entry);
    }
    send(entry, new MemberMessage.Go(entry.stamp, leftNanos, work));
  }

  void giveBack(String member, AttemptKey key) {
    Entry entry = entries.get(new On(member, key));
    if (entry != null && entry.state == State.HELD) {
      entries.remove(entry.on);
      send(entry, new MemberMessage.GiveBack(key));
    }
  }

  /** Hears again of an attempt; of the same one twice only the later listener hears. */
  void rejoin(String member, AttemptKey key, Consumer<Outcome> ended, long nowNanos) {
    if (!present().contains(member)) {
      ended.accept(gone(member));
      return;
    }
    Entry entry = new Entry(new On(member, key), nowNanos);
    Entry before = entries.put(entry.on, entry);
    if (before != null) {
      lose(before, new Outcome.Broken("another owner of the task listens"));
    }
    entry.state = State.GOING;
    entry.ended = ended;
    newest.put(runKey(entry), entry);
    send(entry, new MemberMessage.Ask(key, 0));
  }

  void kill(String member, AttemptKey key) {
    Entry entry = entries.get(new On(member, key));
    if (entry != null && entry.state == State.GOING) {
      entry.killed = true;
      send(entry, new MemberMessage.Kill(key));
    }
  }

  /** A member has said something. */
  void heard(String member, MemberMessage.Word word, long nowNanos) {
    Entry entry = entries.get(new On(member, word.key()));
    switch (word) {
      case MemberMessage.Ready ready -> ready(member, entry, ready);
      case MemberMessage.Refused refused -> {
        if (entry != null && entry.state == State.RESERVING) {
          refuse(entry, refused.full(), refused.reason());
        }
      }
      case MemberMessage.Runs runs -> {
        if (entry != null && entry.state == State.GOING) {
          entry.heardNanos = nowNanos;
          entry.output.take(runs.output());
        }
      }
      case MemberMessage.NotStarted not -> {
        if (entry != null && entry.state == State.GOING) {
          if (entry.stamp == not.stamp()) {
            end(entry, new Outcome.Withdrawn());
          } else if (entry.stamp == HEARD_AGAIN) {
            end(entry, new Outcome.Broken(member + " has not started the run"));
          }
        }
      }
      case MemberMessage.Ended ended -> {
        if (entry != null && entry.state == State.GOING) {
          end(entry, ended.outcome());
        }
      }
      case MemberMessage.Unknown unknown -> {
        if (entry != null && entry.state == State.GOING) {
          end(entry, new Outcome.Broken(member + " knows nothing of the run any more"));
        }
      }
    }
  }

  private void ready(String member, @Nullable Entry entry, MemberMessage.Ready ready) {
    if (entry == null || entry.state != State.RESERVING) {
      // It came too late: nobody waits for it.
      if (entry == null) {
        link.send(member, MessageCodec.encode(new MemberMessage.GiveBack(ready.key())));
      }
      return;
    }
    entry.state = State.HELD;
    entry.stamp = ready.stamp();
    answer(entry, ready);
  }

  private void refuse(Entry entry, boolean full, String reason) {
    entries.remove(entry.on);
    answer(entry, new MemberMessage.Refused(entry.on.key(), full, reason));
  }

  private static void answer(Entry entry, MemberMessage.Word word) {
    Consumer<MemberMessage.Word> answer = entry.answer;
    entry.answer = null;
    if (answer != null) {
      answer.accept(word);
    }
  }

  private void end(Entry entry, Outcome outcome) {
    entries.remove(entry.on);
    lose(entry, outcome);
  }

  private void lose(Entry entry, Outcome outcome) {
    newest.remove(runKey(entry), entry);
    entry.output.end();
    Consumer<Outcome> ended = entry.ended;
    entry.ended = null;
    if (ended != null) {
      ended.accept(outcome);
    }
  }

  /** To be called several times a second while there is anything. */
  void tick(long nowNanos) {
    if (entries.isEmpty()) {
      return;
    }
    Set<String> present = present();
    for (Entry entry : List.copyOf(entries.values())) {
      boolean here = present.contains(entry.on.member());
      switch (entry.state) {
        case RESERVING -> {
          if (!here || nowNanos - entry.heardNanos > PATIENCE) {
            refuse(entry, false, entry.on.member() + (here ? " does not answer" : " is not here"));
            send(entry, new MemberMessage.GiveBack(entry.on.key()));
          }
        }
        case HELD -> {}
        case GOING -> {
          if (!here) {
            end(entry, gone(entry.on.member()));
          } else if (nowNanos - entry.heardNanos > GIVEN_UP) {
            end(entry, new Outcome.Broken(entry.on.member() + " has not answered for too long"));
          } else if (nowNanos - entry.askedNanos >= ROUND) {
            entry.askedNanos = nowNanos;
            send(
                entry,
                entry.killed
                    ? new MemberMessage.Kill(entry.on.key())
                    : new MemberMessage.Ask(entry.on.key(), entry.output.written()));
          }
        }
      }
    }
  }

  private static Outcome gone(String member) {
    return new Outcome.Broken(member + " is no member any more, and the run is lost with it");
  }

  private Set<String> present() {
    return link.members().stream().map(MemberLink.Peer::name).collect(Collectors.toSet());
  }

  private void send(Entry entry, MemberMessage message) {
    link.send(entry.on.member(), MessageCodec.encode(message));
  }

  private static RunKey runKey(Entry entry) {
    return new RunKey(entry.on.key().taskId(), entry.on.key().runNumber());
  }

  /** What a command elsewhere had written when it was asked last; null for none. Any thread. */
  @Nullable CommandOutput liveOutput(String taskId, long runNumber) {
    Entry found = newest.get(new RunKey(taskId, runNumber));
    return found == null ? null : found.output;
  }

  /** This member stops; what goes on elsewhere goes on, for the next owner to hear of it. */
  void close() {
    for (Entry entry : new ArrayList<>(entries.values())) {
      switch (entry.state) {
        case RESERVING -> refuse(entry, false, "this member stops");
        case HELD -> entries.remove(entry.on);
        case GOING -> end(entry, new Outcome.Broken("this member stops"));
      }
    }
  }
}
