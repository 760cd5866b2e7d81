package io.xcron.slice;

import com.hazelcast.core.HazelcastInstance;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Moves slices through a {@link CpLedgerStore} as a leader would, so that a test sees for how long
 * the ledger stands still. It knows nothing of partitions and grants.
 */
public final class LedgerProbe {
  private static final long STALE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);

  private final CpLedgerStore store;
  private final UUID member;
  private final LongConsumer moved;
  private long seenSlice = -1;
  private long seenNanos = System.nanoTime();

  /**
   * @param moved told each slice that this member has moved to
   */
  public LedgerProbe(HazelcastInstance instance, CpLedgerStore store, LongConsumer moved) {
    this.store = store;
    this.member = instance.getCluster().getLocalMember().getUuid();
    this.moved = moved;
  }

  /** Reads, and moves the slice if this member leads or the leader has not done so for a second. */
  public void step() {
    Ledger ledger = store.read();
    long nanos = System.nanoTime();
    if (ledger != null && ledger.slice() != seenSlice) {
      seenSlice = ledger.slice();
      seenNanos = nanos;
    }
    Ledger next;
    if (ledger == null) {
      next = Ledger.alone(member, member, 1, System.currentTimeMillis(), 271);
    } else if (ledger.leader().equals(member)) {
      next = moved(ledger, ledger.term());
    } else if (nanos - seenNanos > STALE_NANOS) {
      next = moved(ledger, ledger.term() + 1);
    } else {
      return;
    }
    if (store.compareAndSet(ledger, next)) {
      moved.accept(next.slice());
    }
  }

  /** The slice of the ledger; -1 if there is none. Any thread. */
  public long read() {
    Ledger ledger = store.read();
    return ledger == null ? -1 : ledger.slice();
  }

  private Ledger moved(Ledger ledger, long term) {
    List<Ledger.Row> members = new ArrayList<>(ledger.members());
    if (ledger.row(member) == null) {
      members.add(new Ledger.Row(member, member, 0));
    }
    return new Ledger(
        term,
        member,
        ledger.beat() + 1,
        ledger.slice() + 1,
        System.currentTimeMillis(),
        members,
        ledger.seats(),
        ledger.partitions());
  }
}
