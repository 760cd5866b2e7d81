package io.xcron.target;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this member runs for others, {@value #MOST} attempts at most. Called by one thread.
 *
 * <p>A place is held for {@link #HELD}. What runs goes on when its owner is gone, and the next
 * owner asks for it; when nobody has asked for {@link #ABANDONED}, none will, and it is ended. How
 * it ended is told at once to all who have asked, and again to who asks within the time of {@link
 * RecentEnds}.
 */
final class RunsForOthers {
  static final int MOST = 512;

  /** More members have not asked for one attempt in its life; the first is forgotten then. */
  private static final int MOST_LISTENERS = 8;

  static final long HELD = TimeUnit.SECONDS.toNanos(2);

  /**
   * Longer than tasks are without an owner; and as long may a command that has been given up with
   * its member go on beside its repetition, when the member was cut off and lives.
   */
  static final long ABANDONED = TimeUnit.SECONDS.toNanos(60);

  /** What runs work on this member. Its calls come back on any thread. */
  interface Bench {
    /**
     * Whether there is room and all that is needed.
     *
     * @param handler null for a command
     * @return null for yes: a place is then held until {@link #start} or {@link #giveBack}
     */
    MemberMessage.@Nullable Refused reserve(AttemptKey key, @Nullable String handler);

    void giveBack(AttemptKey key);

    /**
     * Uses the place.
     *
     * @param leftNanos for how long from now on it may be started
     */
    void start(Work work, long leftNanos, Consumer<Outcome> ended);

    /** Hears of what runs here for this member itself; false when it knows nothing of it. */
    boolean hear(AttemptKey key, Consumer<Outcome> ended);

    /**
     * Ends it by force.
     *
     * @param abandoned because nobody asks for it any more
     */
    void kill(AttemptKey key, boolean abandoned);

    /** What it has written and can be read while it runs; null for nothing. */
    @Nullable OutputPiece output(AttemptKey key, long from);
  }

  private enum State {
    HELD,
    RUNNING
  }

  private static final class Guest {
    final AttemptKey key;
    final Set<String> listeners = new LinkedHashSet<>();
    State state;
    long stamp;
    long askedNanos;

    Guest(AttemptKey key, State state, String listener, long nowNanos) {
      this.key = key;
      this.state = state;
      this.stamp = nowNanos;
      this.askedNanos = nowNanos;
      listeners.add(listener);
    }

    void askedBy(String listener, long nowNanos) {
      askedNanos = nowNanos;
      if (!listeners.contains(listener)) {
        if (listeners.size() == MOST_LISTENERS) {
          listeners.remove(listeners.iterator().next());
        }
        listeners.add(listener);
      }
    }
  }

  private final MemberLink link;
  private final Bench bench;

  /** Hands what another thread has to say to the one that calls this. */
  private final Consumer<Runnable> later;

  private final LongSupplier clock;
  private final Map<AttemptKey, Guest> guests = new HashMap<>();
  private final RecentEnds recent = new RecentEnds();
  private boolean closed;

  /**
   * @param clock asked when something has ended; elsewhere the time is handed in
   */
  RunsForOthers(MemberLink link, Bench bench, Consumer<Runnable> later, LongSupplier clock) {
    this.link = link;
    this.bench = bench;
    this.later = later;
    this.clock = clock;
  }

  int size() {
    return guests.size();
  }

  /** A member has asked for something. */
  void asked(String member, MemberMessage.Order order, long nowNanos) {
    Guest guest = guests.get(order.key());
    switch (order) {
      case MemberMessage.Reserve reserve -> reserve(member, guest, reserve, nowNanos);
      case MemberMessage.GiveBack giveBack -> {
        if (guest != null && guest.state == State.HELD && guest.listeners.contains(member)) {
          drop(guest);
        }
      }
      case MemberMessage.Go go -> start(member, guest, go, nowNanos);
      case MemberMessage.Ask ask -> {
        Guest found = found(member, guest, ask.key(), nowNanos);
        if (found != null) {
          OutputPiece output = bench.output(ask.key(), ask.outputFrom());
          say(
              member,
              new MemberMessage.Runs(
                  ask.key(), output == null ? new OutputPiece(0, new byte[0]) : output));
        }
      }
      case MemberMessage.Kill kill -> {
        if (found(member, guest, kill.key(), nowNanos) != null) {
          bench.kill(kill.key(), false);
        }
      }
    }
  }

  private void reserve(
      String member, @Nullable Guest guest, MemberMessage.Reserve wish, long nowNanos) {
    MemberMessage.Refused refused = null;
    if (closed) {
      refused = refused(wish.key(), false, "stops");
    } else if (guest != null) {
      refused = refused(wish.key(), true, "has this attempt already");
    } else if (guests.size() >= MOST) {
      refused = refused(wish.key(), true, "runs too much for others");
    } else {
      refused = bench.reserve(wish.key(), wish.handler());
    }
    if (refused != null) {
      say(member, refused);
      return;
    }
    guests.put(wish.key(), new Guest(wish.key(), State.HELD, member, nowNanos));
    say(member, new MemberMessage.Ready(wish.key(), nowNanos));
  }

  private MemberMessage.Refused refused(AttemptKey key, boolean full, String why) {
    return new MemberMessage.Refused(key, full, link.self().name() + " " + why);
  }

  private void start(String member, @Nullable Guest guest, MemberMessage.Go go, long nowNanos) {
    if (guest != null && guest.state == State.RUNNING) {
      return;
    }
    long leftNanos = go.leftNanos() - (nowNanos - go.stamp());
    if (guest == null || guest.stamp != go.stamp() || leftNanos <= 0) {
      if (guest != null && guest.stamp == go.stamp()) {
        drop(guest);
      }
      say(member, new MemberMessage.NotStarted(go.key(), go.stamp()));
      return;
    }
    guest.state = State.RUNNING;
    guest.askedBy(member, nowNanos);
    recent.forget(go.key());
    bench.start(go.work(), leftNanos, outcome -> later.accept(() -> ended(guest, outcome)));
  }

  /** What runs under this key; if nothing does, it is said how it ended, or that it is unknown. */
  private @Nullable Guest found(
      String member, @Nullable Guest guest, AttemptKey key, long nowNanos) {
    if (guest != null && guest.state == State.RUNNING) {
      guest.askedBy(member, nowNanos);
      return guest;
    }
    if (guest != null) {
      // Its start was lost, or would come too late.
      drop(guest);
      say(member, new MemberMessage.NotStarted(key, guest.stamp));
      return null;
    }
    Outcome known = recent.find(key, nowNanos);
    if (known != null) {
      say(member, new MemberMessage.Ended(key, known));
      return null;
    }
    Guest own = new Guest(key, State.RUNNING, member, nowNanos);
    if (!closed && bench.hear(key, outcome -> later.accept(() -> ended(own, outcome)))) {
      guests.put(key, own);
      return own;
    }
    say(member, new MemberMessage.Unknown(key));
    return null;
  }

  private void ended(Guest guest, Outcome outcome) {
    if (!guests.remove(guest.key, guest)) {
      return;
    }
    boolean notStarted = outcome instanceof Outcome.Withdrawn;
    if (!notStarted) {
      recent.add(guest.key, outcome, clock.getAsLong());
    }
    for (String listener : guest.listeners) {
      say(
          listener,
          notStarted
              ? new MemberMessage.NotStarted(guest.key, guest.stamp)
              : new MemberMessage.Ended(guest.key, outcome));
    }
  }

  private void drop(Guest guest) {
    guests.remove(guest.key);
    bench.giveBack(guest.key);
  }

  /** To be called several times a second while there is anything. */
  void tick(long nowNanos) {
    for (Guest guest : List.copyOf(guests.values())) {
      switch (guest.state) {
        case HELD -> {
          if (nowNanos - guest.askedNanos > HELD) {
            drop(guest);
          }
        }
        case RUNNING -> {
          if (nowNanos - guest.askedNanos > ABANDONED) {
            bench.kill(guest.key, true);
          }
        }
      }
    }
  }

  /** The others have given this member up: what it runs for them is lost to them. */
  void abandonAll() {
    for (Guest guest : List.copyOf(guests.values())) {
      switch (guest.state) {
        case HELD -> drop(guest);
        case RUNNING -> bench.kill(guest.key, true);
      }
    }
  }

  /** Takes nothing new; what runs goes on. */
  void close() {
    closed = true;
  }

  private void say(String member, MemberMessage.Word word) {
    link.send(member, MessageCodec.encode(word));
  }
}
