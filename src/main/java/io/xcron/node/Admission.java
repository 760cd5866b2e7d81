package io.xcron.node;

import io.xcron.model.Seats;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may be a member beside those that are, by the agreed size: no more than that, so that each
 * can have a seat; nobody who ran alone and brings tasks of its own to a cluster that has begun;
 * and while the first voters are not found, nobody who would find another number of them.
 */
final class Admission {
  /** That a member ran alone until now, by its attributes. */
  static final String ALONE = "xcron.alone";

  private final int configuredSize;
  private final Supplier<Seats> seats;
  private final BooleanSupplier formed;

  /**
   * @param seats as this member knows them
   * @param formed whether the first voters were found
   */
  Admission(int configuredSize, Supplier<Seats> seats, BooleanSupplier formed) {
    this.configuredSize = configuredSize;
    this.seats = seats;
    this.formed = formed;
  }

  /** How many members there shall be: as agreed, or else as configured. */
  static int size(Seats seats, int configuredSize) {
    return seats.none() || seats.single() ? configuredSize : seats.size();
  }

  /**
   * Of how many members a restart of all finds its voters: of those that have been there. A larger
   * size was agreed perhaps, but nobody has come yet.
   */
  static int formation(Seats seats, int configuredSize) {
    return seats.count() >= 3 ? seats.count() : size(seats, configuredSize);
  }

  /**
   * Why a member may not join, in words; null if it may.
   *
   * @param present the attributes of the members
   * @param attributes of the one that wants to join
   * @param voters how many would vote by its own size
   */
  @Nullable String refusal(
      Collection<Map<String, String>> present,
      Map<String, String> attributes,
      int ourVoters,
      int voters) {
    Seats known = seats.get();
    UUID journal = GridSight.journal(attributes);
    boolean seated = journal != null && known.has(journal);
    if (!formed.getAsBoolean() && ourVoters != voters) {
      return "the first vote here is of "
          + ourVoters
          + " members, and that member expects one of "
          + voters
          + ": give all the same XCRON_CLUSTER_SIZE, or those that were away when the size changed"
          + " an empty data directory";
    }
    if (seated) {
      return null;
    }
    if (Boolean.parseBoolean(attributes.get(ALONE)) && !known.none()) {
      return "it ran alone and brings tasks of its own, but the cluster has begun without it: export"
          + " them, give it an empty data directory, and import them";
    }
    int size = size(known, configuredSize);
    long others =
        present.stream()
            .filter(
                member -> {
                  UUID theirs = GridSight.journal(member);
                  return theirs == null || !theirs.equals(journal);
                })
            .count();
    return others >= size
        ? "the cluster has its "
            + size
            + " members; make it larger first, by POST /api/v1/cluster/size or \"xcron cluster size\""
        : null;
  }
}
