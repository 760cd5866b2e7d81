package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.model.Title;
import io.xcron.slice.MutexStore;
import io.xcron.slice.MutexTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Three members want a few mutexes, of a store that loses answers and makes changes late, and lose
 * their partitions to another start now and then. One hold at a time is valid, and tokens grow.
 */
class MutexRoundsTest {
  private static final int SEEDS = 400;
  private static final int MEMBERS = 3;
  private static final long UNTIL = 40_000;

  /** How long a grant may go on after another owner was named. */
  private static final long GRANT = 900;

  @Test
  void oneClaimHoldsAMutexAtATimeWhateverHappens() {
    long holds = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        holds += new Life(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    assertTrue(holds > 50L * SEEDS, "only " + holds + " holds");
  }

  private record Event(long at, long order, Runnable what) {}

  private static final class Life implements Time, MutexStore {
    final Random random;
    final PriorityQueue<Event> events =
        new PriorityQueue<>(
            (one, other) ->
                one.at != other.at
                    ? Long.compare(one.at, other.at)
                    : Long.compare(one.order, other.order));
    final MutexTable[] tables = new MutexTable[STRIPES];
    final List<Member> members = new ArrayList<>();
    final List<Use> uses = new ArrayList<>();
    final long[] epochs = new long[MEMBERS];
    final long[] greatest = new long[3];
    final long[] lastHeld = new long[3];
    final double lostRate;
    long now;
    long order;
    long run;
    long holds;

    Life(long seed) {
      random = new Random(seed);
      lostRate = random.nextInt(3) == 0 ? 0.15 : 0;
      Arrays.fill(tables, MutexTable.EMPTY);
    }

    int run() {
      for (int partition = 0; partition < MEMBERS; partition++) {
        start(partition);
      }
      int changes = random.nextInt(8);
      for (int i = 0; i < changes; i++) {
        at(random.nextInt((int) UNTIL), () -> move(random.nextInt(MEMBERS)));
      }
      while (!events.isEmpty() && events.peek().at <= UNTIL) {
        Event event = events.poll();
        now = event.at;
        event.what.run();
      }
      for (long held : lastHeld) {
        assertTrue(held > UNTIL - 10_000, "a mutex that nobody gives back since " + held);
      }
      return (int) holds;
    }

    void at(long millis, Runnable what) {
      events.add(new Event(Math.max(millis, now), order++, what));
    }

    void start(int partition) {
      Member member = new Member(this, partition, epochs[partition]);
      members.add(member);
      member.claimSometime();
    }

    /** Another start is named; the former goes on until its grant has run out. */
    void move(int partition) {
      epochs[partition]++;
      for (Member member : members) {
        if (member.partition == partition && member.untilMillis == Long.MAX_VALUE) {
          member.untilMillis = now + random.nextInt((int) GRANT);
        }
      }
      long epoch = epochs[partition];
      at(
          now + 1_000 + random.nextInt(1_000),
          () -> {
            if (epochs[partition] == epoch) {
              start(partition);
            }
          });
    }

    @Override
    public long nowMillis() {
      return now;
    }

    @Override
    public long nanoTime() {
      return now * 1_000_000;
    }

    @Override
    public MutexTable read(int stripe) {
      return tables[stripe];
    }

    @Override
    public boolean compareAndSet(int stripe, MutexTable expected, MutexTable next) {
      if (random.nextDouble() < lostRate) {
        at(now + random.nextInt(600), () -> change(stripe, expected, next));
        throw new IllegalStateException("nobody knows");
      }
      return change(stripe, expected, next);
    }

    private boolean change(int stripe, MutexTable expected, MutexTable next) {
      boolean same = tables[stripe].equals(expected);
      if (same) {
        tables[stripe] = next;
      }
      return same;
    }
  }

  /** A mutex in use from now on. */
  private static final class Use {
    final Member member;
    final int mutex;
    boolean over;

    Use(Member member, int mutex) {
      this.member = member;
      this.mutex = mutex;
    }
  }

  private static final class Member extends UnsupportedGrid {
    final Life life;
    final int partition;
    final long epoch;
    final MutexRounds rounds;
    long untilMillis = Long.MAX_VALUE;
    long nextMillis = Long.MAX_VALUE;

    Member(Life life, int partition, long epoch) {
      this.life = life;
      this.partition = partition;
      this.epoch = epoch;
      UUID self = new UUID(0, partition);
      rounds =
          new MutexRounds(
              life,
              p -> acts() ? new Grant(p, life.now / 500, epoch, Long.MAX_VALUE) : null,
              p -> new Title(p, self, life.epochs[p], false, List.of(self)),
              this,
              life,
              () -> roundAt(life.now + life.random.nextInt(5)));
    }

    boolean acts() {
      return life.now < untilMillis;
    }

    /** No run is written here, so none goes on with another owner. */
    @Override
    public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Change.Applied> write(String id, Change change) {
      throw new AssertionError("mutexes write nothing to the grid");
    }

    void roundAt(long millis) {
      if (millis < nextMillis) {
        nextMillis = millis;
        life.at(millis, this::round);
      }
    }

    private void round() {
      if (life.now != nextMillis) {
        return;
      }
      nextMillis = Long.MAX_VALUE;
      if (life.now - 2_000 > untilMillis) {
        return;
      }
      long next;
      try {
        next = rounds.round() / 1_000_000;
      } catch (IllegalStateException e) {
        next = life.now + 100;
      }
      roundAt(Math.max(next, life.now + 1));
    }

    void claimSometime() {
      life.at(
          life.now + life.random.nextInt(400),
          () -> {
            if (acts()) {
              claim();
              claimSometime();
            }
          });
    }

    private void claim() {
      int mutex = life.random.nextInt(3);
      MutexClaim[] made = new MutexClaim[1];
      boolean[] gone = new boolean[1];
      made[0] =
          new MutexClaim(
              "m" + mutex, "t", 1, ++life.run, partition, epoch, () -> held(mutex, made, gone));
      rounds.want(made[0]);
      if (life.random.nextInt(3) == 0) {
        life.at(
            life.now + life.random.nextInt(1_500),
            () -> {
              if (!made[0].held()) {
                gone[0] = true;
                rounds.release(made[0]);
              }
            });
      }
    }

    private void held(int mutex, MutexClaim[] claim, boolean[] gone) {
      assertTrue(!gone[0], "given to a claim that was given up");
      if (!acts()) {
        return;
      }
      life.holds++;
      life.lastHeld[mutex] = life.now;
      for (Use use : life.uses) {
        assertTrue(
            use.mutex != mutex || use.over || !use.member.acts(),
            () -> "m" + mutex + " is held twice at " + life.now);
      }
      life.uses.removeIf(use -> use.over || !use.member.acts());
      long token = claim[0].token();
      assertTrue(token > life.greatest[mutex], "a token that has not grown");
      life.greatest[mutex] = token;
      Use use = new Use(this, mutex);
      life.uses.add(use);
      life.at(
          life.now + life.random.nextInt(200),
          () -> {
            use.over = true;
            rounds.release(claim[0]);
          });
    }
  }
}
