package io.xcron.fire;

import io.xcron.model.Title;
import java.util.List;
import java.util.UUID;

/** The mutexes of one life of a member, whose rounds are events of the world. */
final class FakeMutexes implements Mutexes {
  private final FakeWorld world;
  private final MutexRounds rounds;
  private final int speedMillis;
  private long nextMillis = Long.MAX_VALUE;

  FakeMutexes(FakeWorld world, FakeMutexStore store, int speedMillis) {
    this.world = world;
    this.speedMillis = speedMillis;
    UUID self = new UUID(0, 1);
    rounds =
        new MutexRounds(
            store,
            world,
            partition -> new Title(partition, self, world.epoch, false, List.of(self)),
            world.grid,
            world,
            () -> at(world.nowMillis + world.upTo(speedMillis)));
  }

  private void at(long millis) {
    if (millis < nextMillis) {
      nextMillis = millis;
      world.at(millis, this::round);
    }
  }

  private void round() {
    if (world.nowMillis != nextMillis) {
      return;
    }
    nextMillis = Long.MAX_VALUE;
    long next;
    try {
      next = rounds.round() / 1_000_000;
    } catch (IllegalStateException e) {
      next = world.nowMillis + MutexRounds.POLL_NANOS / 1_000_000;
    }
    at(Math.max(next, world.nowMillis + 1 + world.upTo(speedMillis)));
  }

  @Override
  public void want(MutexClaim claim) {
    rounds.want(claim);
  }

  @Override
  public void release(MutexClaim claim) {
    rounds.release(claim);
  }

  @Override
  public void leave(MutexClaim claim) {
    rounds.leave(claim);
  }
}
