package io.xcron.slice;

import io.xcron.slice.Ledger.Row;
import java.util.Collection;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Cluster time as the median of the members' wall clocks, all counted from the leader's.
 *
 * @param aheadMillis how far the median is ahead of the leader's wall clock
 */
record Median(UUID leader, long aheadMillis) {
  /**
   * Clocks that lie no further apart are the same: estimates on a busy machine are not better than
   * that, and a clock that is right must not be led astray by one.
   */
  private static final long SAME_MILLIS = 25;

  /**
   * @param presentMillis how far cluster time is ahead of the leader's wall clock now; of an even
   *     number of clocks the one nearer to it counts, so that a death moves no time
   */
  static Median of(Collection<Peer> living, UUID leader, long presentMillis) {
    long[] ahead =
        living.stream()
            .map(peer -> aheadOfLeader(peer, leader))
            .filter(Objects::nonNull)
            .mapToLong(millis -> millis)
            .sorted()
            .toArray();
    long low = ahead[(ahead.length - 1) / 2];
    long high = ahead[ahead.length / 2];
    boolean lower = Math.abs(low - presentMillis) <= Math.abs(high - presentMillis);
    return new Median(leader, lower ? low : high);
  }

  /** The row with the distance of its member's wall clock; unchanged if that is not known. */
  Row row(Row row, @Nullable Peer peer) {
    Long ahead = peer == null ? null : aheadOfLeader(peer, leader);
    if (ahead == null) {
      return row;
    }
    long distance = aheadMillis - ahead;
    // A message that was late makes the member's clock look further behind, and would fire early.
    long told = Math.abs(distance) <= SAME_MILLIS ? 0 : distance - SAME_MILLIS;
    return told == row.aheadMillis() ? row : new Row(row.member(), row.journal(), told);
  }

  private static @Nullable Long aheadOfLeader(Peer peer, UUID leader) {
    if (peer.member().equals(leader)) {
      return 0L;
    }
    Peer.Told told = peer.told();
    return told == null ? null : told.wallAheadMillis();
  }
}
