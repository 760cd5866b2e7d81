package io.xcron.grid;

import io.xcron.model.Title;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The slice ledger as it should be, without any protocol: what it says is true at once. */
final class SimLedger {
  private final Map<Integer, Title> titles = new HashMap<>();

  /** Only grows, whatever is lost. */
  private long slice;

  /** The next half second. Every change of the ledger has a slice of its own. */
  long tick() {
    return ++slice;
  }

  long slice() {
    return slice;
  }

  @Nullable Title title(int partition) {
    return titles.get(partition);
  }

  boolean knows(int partition) {
    return titles.containsKey(partition);
  }

  void lose() {
    titles.clear();
  }

  void first(int partition, UUID winner) {
    titles.put(partition, new Title(partition, winner, ++slice, false, List.of(winner)));
  }

  /** What the leader does: it drops the dead, never the last, and replaces an owner. */
  void replace(int partition, List<UUID> reachable) {
    Title now = titles.get(partition);
    if (now == null) {
      return;
    }
    List<UUID> living = now.inSync().stream().filter(reachable::contains).toList();
    if (living.isEmpty()) {
      return;
    }
    boolean stays = living.contains(now.owner());
    if (!stays) {
      titles.put(partition, new Title(partition, living.getFirst(), ++slice, false, living));
    } else if (living.size() < now.inSync().size()) {
      titles.put(partition, new Title(partition, now.owner(), now.epoch(), now.clean(), living));
      slice++;
    }
  }

  void release(int partition, long epoch, UUID primary, List<UUID> reachable) {
    Title now = titles.get(partition);
    if (now == null || now.epoch() != epoch) {
      return;
    }
    UUID next = now.owner();
    for (UUID member : now.inSync()) {
      if (reachable.contains(member) && (next.equals(now.owner()) || member.equals(primary))) {
        next = member;
      }
    }
    titles.put(partition, new Title(partition, next, ++slice, true, now.inSync()));
  }

  void add(int partition, long epoch, UUID member) {
    Title now = titles.get(partition);
    if (now != null && now.epoch() == epoch && !now.inSync().contains(member)) {
      List<UUID> more = new ArrayList<>(now.inSync());
      more.add(member);
      titles.put(partition, new Title(partition, now.owner(), epoch, now.clean(), more));
      slice++;
    }
  }

  void drop(int partition, long epoch, UUID member) {
    Title now = titles.get(partition);
    if (now != null && now.epoch() == epoch && !member.equals(now.owner())) {
      List<UUID> fewer = new ArrayList<>(now.inSync());
      fewer.remove(member);
      titles.put(partition, new Title(partition, now.owner(), epoch, now.clean(), fewer));
      slice++;
    }
  }
}
