package io.xcron.slice;

import io.xcron.model.Seats;
import java.util.List;
import java.util.UUID;

/**
 * What a member has of each partition, and what else its journal held when it started.
 *
 * @param member the start that reports
 * @param journal the name of its journal, which stays across starts
 * @param sliceLimit the reservation found in it; 0 if it has never been used
 * @param seats whose journals take part in the cluster, as this one knows it
 * @param copies one for each partition, by number
 */
public record JournalReport(
    UUID member, UUID journal, long sliceLimit, Seats seats, List<Copy> copies) {
  public JournalReport {
    copies = List.copyOf(copies);
  }

  /**
   * A partition's copy.
   *
   * @param whole whether it is complete; only then it has a version
   * @param epoch first half of its version
   * @param sequence second half of its version
   * @param highestEpoch the highest epoch that was journaled for the partition
   */
  public record Copy(boolean whole, long epoch, long sequence, long highestEpoch) {
    public static final Copy NONE = new Copy(false, 0, 0, 0);

    boolean newerThan(Copy other) {
      return epoch != other.epoch ? epoch > other.epoch : sequence > other.sequence;
    }

    /** Whether the partition was ever seen. */
    boolean seen() {
      return whole || highestEpoch > 0;
    }
  }

  /**
   * Whether the journal has seen any partition; one that has not tells nothing about the others.
   */
  boolean used() {
    return copies.stream().anyMatch(Copy::seen);
  }
}
