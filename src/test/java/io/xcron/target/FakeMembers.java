package io.xcron.target;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Members, the links between them and their time, in the test's hand and in one thread. */
final class FakeMembers {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);

  /** What a link does with a message: nanoseconds on its way, or {@link #LOST}. */
  interface Weather {
    long LOST = -1;

    long way(String from, String to, MemberMessage message);
  }

  private record Event(long nanos, long sequence, Runnable what) {}

  final Map<String, Member> members = new TreeMap<>();
  final List<MemberMessage> sent = new ArrayList<>();
  Weather weather = (from, to, message) -> 1_000_000;
  long nowNanos = 5_000_000_000L;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (a, b) ->
              a.nanos() == b.nanos()
                  ? Long.compare(a.sequence(), b.sequence())
                  : Long.compare(a.nanos(), b.nanos()));
  private long sequence;

  FakeMembers(String... names) {
    for (String name : names) {
      members.put(name, new Member(name));
    }
  }

  Member member(String name) {
    return members.getOrDefault(name, new Member(name));
  }

  void at(long nanos, Runnable what) {
    events.add(new Event(Math.max(nanos, nowNanos), sequence++, what));
  }

  /** Dies without a word, and all that runs there with it. */
  void die(String name) {
    members.remove(name);
  }

  /** Comes back with an empty memory. */
  void startAnew(String name) {
    members.put(name, new Member(name));
  }

  void pass(long millis) {
    long end = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      long tick = (nowNanos / TICK + 1) * TICK;
      Event next = events.peek();
      if (next != null && next.nanos() <= Math.min(end, tick)) {
        events.remove();
        nowNanos = Math.max(nowNanos, next.nanos());
        next.what().run();
      } else if (tick <= end) {
        nowNanos = tick;
        for (Member member : List.copyOf(members.values())) {
          member.elsewhere.tick(nowNanos);
          member.forOthers.tick(nowNanos);
        }
      } else {
        nowNanos = end;
        return;
      }
    }
  }

  /** Something that runs on a member. */
  static final class Running {
    final Work work;
    final long startedNanos;
    final Consumer<Outcome> ended;
    final ShellOutput output = new ShellOutput();
    boolean over;
    boolean killed;
    boolean abandoned;

    Running(Work work, long startedNanos, Consumer<Outcome> ended) {
      this.work = work;
      this.startedNanos = startedNanos;
      this.ended = ended;
    }

    void end(Outcome outcome) {
      if (!over) {
        over = true;
        ended.accept(outcome);
      }
    }
  }

  final class Member implements MemberLink, RunsForOthers.Bench {
    final Peer self;
    final RunsElsewhere elsewhere;
    final RunsForOthers forOthers;
    final Map<AttemptKey, Running> running = new LinkedHashMap<>();
    final Map<AttemptKey, Consumer<Outcome>> heard = new HashMap<>();
    final Set<AttemptKey> held = new java.util.HashSet<>();
    final List<Running> all = new ArrayList<>();
    Set<AttemptKey> ownRuns = Set.of();
    int room = 1_000;

    Member(String name) {
      self = new Peer(name, true, Set.of());
      elsewhere = new RunsElsewhere(this);
      forOthers = new RunsForOthers(this, this, this::later, () -> nowNanos);
    }

    private void later(Runnable what) {
      at(nowNanos, () -> ifAlive(what));
    }

    private void ifAlive(Runnable what) {
      if (members.get(self.name()) == this) {
        what.run();
      }
    }

    @Override
    public Peer self() {
      return self;
    }

    @Override
    public List<Peer> members() {
      return members.values().stream().map(member -> member.self).toList();
    }

    @Override
    public void send(String to, byte[] bytes) {
      MemberMessage message = MessageCodec.decode(bytes);
      sent.add(message);
      long way = weather.way(self.name(), to, message);
      if (way != Weather.LOST) {
        at(nowNanos + way, () -> arrive(to, message));
      }
    }

    private void arrive(String to, MemberMessage message) {
      Member there = members.get(to);
      if (there != null) {
        switch (message) {
          case MemberMessage.Order order -> there.forOthers.asked(self.name(), order, nowNanos);
          case MemberMessage.Word word -> there.elsewhere.heard(self.name(), word, nowNanos);
        }
      }
    }

    @Override
    public MemberMessage.@Nullable Refused reserve(AttemptKey key, @Nullable String handler) {
      if (running.size() + held.size() >= room) {
        return new MemberMessage.Refused(key, true, self.name() + " has no room");
      }
      held.add(key);
      return null;
    }

    @Override
    public void giveBack(AttemptKey key) {
      held.remove(key);
    }

    @Override
    public void start(Work work, long leftNanos, Consumer<Outcome> ended) {
      held.remove(work.key());
      Running started =
          new Running(
              work,
              nowNanos,
              outcome -> {
                running.remove(work.key());
                ended.accept(outcome);
              });
      running.put(work.key(), started);
      all.add(started);
    }

    @Override
    public boolean hear(AttemptKey key, Consumer<Outcome> ended) {
      return ownRuns.contains(key) && heard.put(key, ended) == null;
    }

    @Override
    public void kill(AttemptKey key, boolean abandoned) {
      Running found = running.get(key);
      if (found != null && !found.killed) {
        found.killed = true;
        found.abandoned = abandoned;
        found.end(
            abandoned ? new Outcome.Broken("abandoned") : new Outcome.Killed("so far", false));
      }
    }

    @Override
    public @Nullable OutputPiece output(AttemptKey key, long from) {
      Running found = running.get(key);
      return found == null ? null : found.output.piece(from);
    }
  }
}
