package io.xcron.slice;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A living member.
 *
 * @param member its start
 * @param journal the name of its journal, which stays across starts
 * @param told what it has said of itself last; null before the first time
 */
public record Peer(UUID member, UUID journal, @Nullable Told told) {
  /**
   * What a member tells the others about twice a second.
   *
   * @param wallAheadMillis how far its wall clock is ahead of the reader's, as the reader estimates
   *     it; null as long as the reader has not heard enough for that
   * @param sliceLimit {@link SliceKeeper#sliceLimit()}: durable in its journal
   * @param untilMillis {@link SliceKeeper#untilMillis()}: durable in its journal
   * @param seatsVersion {@link SliceKeeper#seatsVersion()}: durable in its journal
   */
  public record Told(
      @Nullable Long wallAheadMillis, long sliceLimit, long untilMillis, long seatsVersion) {}
}
