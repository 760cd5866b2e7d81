package io.xcron.fire;

import io.xcron.slice.MutexStore;
import io.xcron.slice.MutexTable;

/** Tables that outlive members, whose answers get lost and whose changes are made late. */
final class FakeMutexStore implements MutexStore {
  private final FakeWorld world;
  private final MutexTable[] tables = new MutexTable[STRIPES];
  double lostRate;

  FakeMutexStore(FakeWorld world) {
    this.world = world;
    java.util.Arrays.fill(tables, MutexTable.EMPTY);
  }

  @Override
  public MutexTable read(int stripe) {
    if (world.random.nextDouble() < lostRate / 2) {
      throw new IllegalStateException("no answer");
    }
    return tables[stripe];
  }

  @Override
  public boolean compareAndSet(int stripe, MutexTable expected, MutexTable next) {
    if (world.random.nextDouble() < lostRate) {
      long late = world.upTo(400);
      if (late < 100) {
        change(stripe, expected, next);
      } else {
        world.outsideAt(world.nowMillis + late, () -> change(stripe, expected, next));
      }
      throw new IllegalStateException("nobody knows");
    }
    return change(stripe, expected, next);
  }

  private boolean change(int stripe, MutexTable expected, MutexTable next) {
    if (!tables[stripe].equals(expected)) {
      return false;
    }
    tables[stripe] = next;
    return true;
  }
}
