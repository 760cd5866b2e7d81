package io.xcron.model;

import java.util.List;
import java.util.UUID;

/**
 * What the slice ledger says of a partition.
 *
 * @param owner the start of the member that may act for it; a restarted member is another
 * @param epoch the slice in which it was named owner
 * @param clean whether the owner before it has surely stopped acting
 * @param inSync the starts whose copies are whole and acknowledge every write, the owner among them
 */
public record Title(int partition, UUID owner, long epoch, boolean clean, List<UUID> inSync) {
  public Title {
    inSync = List.copyOf(inSync);
    if (!inSync.contains(owner)) {
      throw new IllegalArgumentException("an owner must be in sync");
    }
  }
}
