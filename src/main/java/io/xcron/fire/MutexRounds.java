package io.xcron.fire;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.model.Title;
import io.xcron.slice.MutexStore;
import io.xcron.slice.MutexTable;
import io.xcron.slice.MutexTable.Hold;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What this member holds and wants of the cluster's mutexes, and the rounds that bring the tables
 * to it. Not the member holds a mutex but the run, by its task, generation and number, in the epoch
 * of its partition's owner. So the next owner of a task takes over what its open run holds, in its
 * own epoch and with a greater token, and several names in one table do not hinder each other.
 *
 * <p><b>Who gets what another held.</b> Its run gives it back when it has ended. Should its owner
 * be gone, anyone who waits may take it, if three things hold: the ledger names the partition's
 * owner in a later epoch; since this was seen here, the time has passed after which the former
 * owner's grant has surely run out; and the new owner, asked for the task, does not know the run as
 * one that goes on. A partition without an owner answers nothing, and its mutexes stay held.
 *
 * <p><b>A change of which nobody knows</b> may be made later still. The next read tells what is
 * there; a claim that is given up after such a change raises the version of the table in any case,
 * after which the late change fails.
 *
 * <p><b>Order.</b> First come, first served among the claims of this member. A member that finds a
 * mutex held elsewhere marks it as wanted and looks again every {@link #POLL_NANOS}; whoever gives
 * back a wanted one lets the others go first, for two polls. Among those others chance decides.
 *
 * <p>Any thread tells what is wanted; {@link #round} is called by one.
 */
final class MutexRounds {
  static final long POLL_NANOS = 100_000_000;

  /** W of the grants: after so long a grant that ended with an earlier epoch has run out. */
  static final long FORMER_OWNER_NANOS = 1_000_000_000;

  private static final long ASK_AGAIN_NANOS = 1_000_000_000;

  /**
   * A suspicion outlives the claim that had it: else claims that wait for less than it takes would
   * begin anew for ever.
   */
  private static final long SUSPECTED_NANOS = 60_000_000_000L;

  private static final int TRIES = 4;

  private final MutexStore store;
  private final Grants grants;
  private final IntFunction<@Nullable Title> titles;
  private final TaskGrid grid;
  private final Time time;
  private final Runnable wake;

  /**
   * By name; bounded, as the lists within, by the runs that the lanes may have, now or within the
   * time of a suspicion.
   */
  private final Map<String, Wishes> wishes = new HashMap<>();

  /** This member's claims on one mutex. */
  private static final class Wishes {
    final ArrayDeque<MutexClaim> waiting = new ArrayDeque<>(2);
    final List<Hold> toRelease = new ArrayList<>(1);
    @Nullable MutexClaim held;

    /**
     * A change with a claim of this name has failed in a way that leaves open whether it is made.
     */
    boolean uncertain;

    /** Claims wait for others until then. */
    long notBeforeNanos = Long.MIN_VALUE;

    @Nullable Suspect suspect;

    boolean idle(long nanos) {
      return waiting.isEmpty()
          && toRelease.isEmpty()
          && held == null
          && !uncertain
          && notBeforeNanos <= nanos
          && (suspect == null || nanos - suspect.seenNanos > SUSPECTED_NANOS);
    }
  }

  /** A hold whose owner may be gone. */
  private static final class Suspect {
    final Hold hold;
    long askedNanos;
    long seenNanos;
    boolean asking;
    boolean over;

    Suspect(Hold hold, long sinceNanos) {
      this.hold = hold;
      this.askedNanos = sinceNanos + FORMER_OWNER_NANOS - ASK_AGAIN_NANOS;
    }
  }

  MutexRounds(
      MutexStore store,
      Grants grants,
      IntFunction<@Nullable Title> titles,
      TaskGrid grid,
      Time time,
      Runnable wake) {
    this.store = store;
    this.grants = grants;
    this.titles = titles;
    this.grid = grid;
    this.time = time;
    this.wake = wake;
  }

  void want(MutexClaim claim) {
    synchronized (wishes) {
      Wishes mine = wishes.computeIfAbsent(claim.name(), name -> new Wishes());
      mine.waiting.add(claim);
      if (mine.held != null) {
        claim.refused();
      }
    }
    wake.run();
  }

  void release(MutexClaim claim) {
    if (remove(claim, true)) {
      wake.run();
    }
  }

  void leave(MutexClaim claim) {
    remove(claim, false);
  }

  /** Answers whether there is something to give back. */
  private boolean remove(MutexClaim claim, boolean giveBack) {
    synchronized (wishes) {
      Wishes mine = wishes.get(claim.name());
      if (mine == null) {
        return false;
      }
      boolean held = mine.held == claim;
      boolean known = mine.waiting.removeIf(other -> other == claim) || held;
      if (held) {
        mine.held = null;
      }
      // While a claim waits, a round may be about to take the mutex for it.
      if (known && giveBack) {
        mine.toRelease.add(holdOf(claim, claim.token()));
      }
      return known;
    }
  }

  private static Hold holdOf(MutexClaim claim, long token) {
    return new Hold(
        claim.name(),
        claim.task(),
        claim.generation(),
        claim.run(),
        claim.partition(),
        claim.epoch(),
        token,
        false);
  }

  /** What a round does about one name. */
  private record Wish(
      String name, @Nullable MutexClaim claim, List<Hold> toRelease, boolean uncertain) {}

  /** A table with what changes in it. */
  private static final class Draft {
    final MutexTable before;
    final Map<String, Hold> holds = new HashMap<>();
    long lastToken;
    boolean changed;

    Draft(MutexTable before) {
      this.before = before;
      lastToken = before.lastToken();
      before.holds().forEach(hold -> holds.put(hold.name(), hold));
    }

    MutexTable after() {
      return new MutexTable(before.version() + 1, lastToken, List.copyOf(holds.values()));
    }
  }

  /**
   * Does what can be done now.
   *
   * @return when to come again, if not woken before, on the monotonic clock
   * @throws IllegalStateException if the store does not answer; the next round goes on
   */
  long round() {
    long nextNanos = time.nanoTime() + 10 * POLL_NANOS;
    IllegalStateException failed = null;
    for (int stripe = 0; stripe < MutexStore.STRIPES; stripe++) {
      List<Wish> now = wishesOf(stripe);
      if (!now.isEmpty()) {
        nextNanos = Math.min(nextNanos, time.nanoTime() + POLL_NANOS);
        try {
          round(stripe, now);
        } catch (IllegalStateException e) {
          failed = e;
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
    return nextNanos;
  }

  private List<Wish> wishesOf(int stripe) {
    List<Wish> found = new ArrayList<>();
    synchronized (wishes) {
      long now = time.nanoTime();
      wishes.values().removeIf(mine -> mine.idle(now));
      wishes.forEach(
          (name, mine) -> {
            if (MutexStore.stripe(name) == stripe) {
              MutexClaim first = mine.held == null ? mine.waiting.peek() : null;
              if (first != null || !mine.toRelease.isEmpty() || mine.uncertain) {
                found.add(new Wish(name, first, List.copyOf(mine.toRelease), mine.uncertain));
              }
            }
          });
    }
    return found;
  }

  private void round(int stripe, List<Wish> now) {
    for (int i = 0; i < TRIES; i++) {
      Draft draft = new Draft(store.read(stripe));
      Map<String, Hold> taken = new HashMap<>();
      for (Wish wish : now) {
        giveBack(wish, draft);
        take(wish, draft, taken);
      }
      if (!draft.changed || changed(stripe, draft, now)) {
        settle(now, taken, draft.holds.keySet());
        return;
      }
    }
  }

  private boolean changed(int stripe, Draft draft, List<Wish> now) {
    try {
      return store.compareAndSet(stripe, draft.before, draft.after());
    } catch (IllegalStateException e) {
      synchronized (wishes) {
        for (Wish wish : now) {
          wishes.computeIfAbsent(wish.name(), name -> new Wishes()).uncertain = true;
        }
      }
      throw e;
    }
  }

  private void giveBack(Wish wish, Draft draft) {
    draft.changed |= wish.uncertain();
    for (Hold mine : wish.toRelease()) {
      Hold there = draft.holds.get(wish.name());
      if (there != null && there.sameRun(mine) && there.epoch() == mine.epoch()) {
        draft.holds.remove(wish.name());
        draft.changed = true;
        if (there.wanted()) {
          synchronized (wishes) {
            Wishes all = wishes.get(wish.name());
            if (all != null) {
              all.notBeforeNanos = time.nanoTime() + 2 * POLL_NANOS;
            }
          }
        }
      }
    }
  }

  /** Takes the mutex for the first that waits, if it is free or was its run's before. */
  private void take(Wish wish, Draft draft, Map<String, Hold> taken) {
    MutexClaim claim = wish.claim();
    if (claim == null) {
      return;
    }
    Grant grant = grants.grant(claim.partition());
    if (grant == null || grant.epoch() != claim.epoch()) {
      return;
    }
    Hold there = draft.holds.get(wish.name());
    Hold mine = holdOf(claim, MutexTokens.after(draft.lastToken, grant.slice()));
    if (there != null && there.sameRun(mine) && there.epoch() == mine.epoch()) {
      taken.put(wish.name(), there);
      return;
    }
    boolean free = there == null && draft.holds.size() < MutexTable.MAX_HOLDS;
    boolean inherited = there != null && there.sameRun(mine) && there.epoch() < mine.epoch();
    if ((free && !letsOthersGoFirst(wish.name())) || inherited || isOver(wish.name(), there)) {
      draft.holds.put(wish.name(), mine);
      draft.lastToken = mine.token();
      draft.changed = true;
      taken.put(wish.name(), mine);
    } else if (there != null && !there.wanted()) {
      draft.holds.put(wish.name(), there.asWanted());
      draft.changed = true;
    }
  }

  private boolean letsOthersGoFirst(String name) {
    synchronized (wishes) {
      Wishes mine = wishes.get(name);
      return mine != null && mine.notBeforeNanos > time.nanoTime();
    }
  }

  /** Whether the hold is of a former owner's time and its run is over; asks if that may be. */
  private boolean isOver(String name, @Nullable Hold there) {
    Title title = there == null ? null : titles.apply(there.partition());
    long now = time.nanoTime();
    synchronized (wishes) {
      Wishes mine = wishes.get(name);
      if (mine == null || there == null || title == null || title.epoch() <= there.epoch()) {
        return false;
      }
      Suspect suspect = mine.suspect;
      if (suspect == null || !suspect.hold.asWanted().equals(there.asWanted())) {
        suspect = new Suspect(there, now);
        mine.suspect = suspect;
      }
      suspect.seenNanos = now;
      if (suspect.over) {
        return true;
      }
      if (suspect.asking || now - suspect.askedNanos < ASK_AGAIN_NANOS) {
        return false;
      }
      suspect.asking = true;
      suspect.askedNanos = now;
    }
    ask(name, there);
    return false;
  }

  /** Asks the new owner, which answers under its own grant, whether the run goes on. */
  @SuppressWarnings("FutureReturnValueIgnored") // Both ends are heard.
  private void ask(String name, Hold hold) {
    CompletableFuture<@Nullable TaskRecord> answer;
    try {
      answer = grid.read(hold.task(), false);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete(
        (record, failure) -> {
          synchronized (wishes) {
            Wishes mine = wishes.get(name);
            Suspect suspect = mine == null ? null : mine.suspect;
            if (suspect != null && suspect.hold.asWanted().equals(hold.asWanted())) {
              suspect.asking = false;
              suspect.over = failure == null && !MutexHeirs.goesOn(hold, record);
            }
          }
          wake.run();
        });
  }

  /**
   * The store has answered: what was taken is held, and what was given back is forgotten. Who waits
   * for what is free has no answer yet.
   */
  private void settle(List<Wish> now, Map<String, Hold> taken, Set<String> held) {
    List<MutexClaim> granted = new ArrayList<>();
    synchronized (wishes) {
      for (Wish wish : now) {
        Wishes mine = wishes.get(wish.name());
        if (mine == null) {
          continue;
        }
        mine.toRelease.removeAll(wish.toRelease());
        mine.uncertain = false;
        MutexClaim claim = wish.claim();
        Hold hold = taken.get(wish.name());
        if (claim == null) {
          continue;
        }
        if (hold == null) {
          if (held.contains(wish.name())) {
            mine.waiting.forEach(MutexClaim::refused);
          }
        } else if (mine.waiting.removeIf(other -> other == claim)) {
          mine.held = claim;
          mine.suspect = null;
          mine.waiting.forEach(MutexClaim::refused);
          granted.add(claim);
          claim.holds(hold.token());
        }
      }
    }
    granted.forEach(MutexClaim::tell);
  }
}
