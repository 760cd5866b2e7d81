package io.xcron.slice;

import io.xcron.slice.Ledger.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What this member, as owner, wants to have changed in the ledger. Any thread asks; the keeper's
 * thread carries it out. Bounded: one wish for each partition and member. A wish ends when the
 * ledger says what it wants, or another epoch. Beside them, any member may wish for one other size
 * of the cluster at a time.
 */
final class Requests {
  private static final long NEVER = -1;

  /** The epoch in which this member has released each partition. */
  private final AtomicLongArray released;

  private final Map<Integer, Wish> wishes = new TreeMap<>();

  private @Nullable SizeWish size;

  /**
   * Another size of the cluster.
   *
   * @param refused ends with null when the ledger has the size and that is durable, or with the
   *     reason why it cannot
   */
  record SizeWish(int size, CompletableFuture<@Nullable String> refused) {}

  /** For one epoch of a partition: members to have in sync (true) or not (false). */
  private record Wish(long epoch, Map<UUID, Boolean> members) {}

  Requests(int partitionCount) {
    released = new AtomicLongArray(partitionCount);
    for (int i = 0; i < partitionCount; i++) {
      released.set(i, NEVER);
    }
  }

  /** Called for the epoch that this member owns, or an older one. */
  void release(int partition, long epoch) {
    released.accumulateAndGet(partition, epoch, Math::max);
  }

  boolean released(int partition, long epoch) {
    return released.get(partition) == epoch;
  }

  synchronized void want(int partition, long epoch, UUID member, boolean inSync) {
    Wish wish = wishes.get(partition);
    if (wish == null || wish.epoch() < epoch) {
      wish = new Wish(epoch, new HashMap<>());
      wishes.put(partition, wish);
    }
    if (wish.epoch() == epoch) {
      wish.members().put(member, inSync);
    }
  }

  /** A wish for another size; null while another one is under way. */
  synchronized @Nullable SizeWish resize(int members) {
    SizeWish before = size;
    if (before != null && !before.refused().isDone()) {
      return null;
    }
    SizeWish wish = new SizeWish(members, new CompletableFuture<>());
    size = wish;
    return wish;
  }

  /** The size that is wished for; null for none. */
  synchronized @Nullable SizeWish size() {
    return size == null || size.refused().isDone() ? null : size;
  }

  /** Forgets what this ledger fulfils, or has made void. */
  synchronized void compare(Ledger ledger, UUID self) {
    for (Iterator<Map.Entry<Integer, Wish>> all = wishes.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<Integer, Wish> next = all.next();
      Entry entry = ledger.partitions().get(next.getKey());
      Wish wish = next.getValue();
      if (wish.epoch() < entry.epoch()
          || (wish.epoch() == entry.epoch() && !entry.owner().equals(self))) {
        all.remove();
        continue;
      }
      wish.members().entrySet().removeIf(w -> entry.inSync().contains(w.getKey()) == w.getValue());
      if (wish.members().isEmpty()) {
        all.remove();
      }
    }
  }

  /**
   * The in-sync set as this member, the owner, wants it: never without itself, and with those alone
   * of the living that may be in sync.
   */
  synchronized List<UUID> wanted(int partition, Entry entry, Predicate<UUID> mayJoin) {
    Wish wish = wishes.get(partition);
    if (wish == null || wish.epoch() != entry.epoch()) {
      return entry.inSync();
    }
    List<UUID> inSync = new ArrayList<>(entry.inSync());
    wish.members()
        .forEach(
            (member, in) -> {
              if (!in && !member.equals(entry.owner())) {
                inSync.remove(member);
              } else if (in && mayJoin.test(member) && !inSync.contains(member)) {
                inSync.add(member);
              }
            });
    return inSync;
  }
}
