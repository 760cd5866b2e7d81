package io.xcron.schedule;

import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A zone's offsets from 1970 to the end of 2199, unrolled: segment {@code i} holds the instants
 * from {@code start[i]} up to {@code start[i + 1]}, in seconds since the epoch, which all have
 * {@code offset[i]}. A slot of 2^22 s (48.5 days) points at the segment of its first instant, so
 * that a look-up is a shift and a step or two instead of a search.
 *
 * <p>{@link CronSchedule} treats each jump by itself. This is right as long as no segment is
 * shorter than the jumps at its ends; a test holds that for the whole zone database.
 */
final class ZoneClock {
  static final long END = Instant.parse("2200-01-01T00:00:00Z").getEpochSecond();

  private static final int SLOT_BITS = 22;
  // Regions come from the zone database, so this is bounded; fixed offsets, of which there are
  // many, are not kept.
  private static final ConcurrentHashMap<ZoneId, ZoneClock> REGIONS = new ConcurrentHashMap<>();

  final long[] start;
  final int[] offset;
  private final short[] slots;

  private ZoneClock(ZoneRules rules) {
    // Begins a little early, so that a jump just before 1970 is seen.
    long from = -2 * 86_400L;
    long[] starts = new long[512];
    int[] offsets = new int[512];
    int count = 0;
    starts[count] = from;
    offsets[count++] = rules.getOffset(Instant.ofEpochSecond(from)).getTotalSeconds();
    ZoneOffsetTransition jump = rules.nextTransition(Instant.ofEpochSecond(from));
    while (jump != null && jump.toEpochSecond() < END) {
      if (count + 1 == starts.length) {
        starts = Arrays.copyOf(starts, count * 2);
        offsets = Arrays.copyOf(offsets, count * 2);
      }
      starts[count] = jump.toEpochSecond();
      offsets[count++] = jump.getOffsetAfter().getTotalSeconds();
      jump = rules.nextTransition(jump.getInstant());
    }
    starts[count] = END;
    start = Arrays.copyOf(starts, count + 1);
    offset = Arrays.copyOf(offsets, count);
    slots = new short[(int) (END >> SLOT_BITS) + 1];
    int segment = 0;
    for (int slot = 0; slot < slots.length; slot++) {
      while (start[segment + 1] <= (long) slot << SLOT_BITS) {
        segment++;
      }
      slots[slot] = (short) segment;
    }
  }

  static ZoneClock of(ZoneId zone) {
    ZoneRules rules = zone.getRules();
    return rules.isFixedOffset()
        ? new ZoneClock(rules)
        : REGIONS.computeIfAbsent(zone, region -> new ZoneClock(region.getRules()));
  }

  int segments() {
    return offset.length;
  }

  /** The segment of an instant from 1970 on and before {@link #END}. */
  int segmentAt(long epochSecond) {
    int segment = slots[(int) (epochSecond >> SLOT_BITS)];
    while (start[segment + 1] <= epochSecond) {
      segment++;
    }
    return segment;
  }
}
