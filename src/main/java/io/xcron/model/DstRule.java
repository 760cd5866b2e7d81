package io.xcron.model;

/**
 * What a cron schedule does where its zone's clock jumps.
 *
 * @param gap a local time that does not exist, because the clock went forward over it
 * @param overlap a local time that exists twice, because the clock went back over it
 */
public record DstRule(Gap gap, Overlap overlap) {
  /** Run at the first instant after a gap, and at the first of two equal local times. */
  public static final DstRule DEFAULT = new DstRule(Gap.AFTER, Overlap.FIRST);

  /** What becomes of a fire whose local time falls into a gap. */
  public enum Gap {
    /** It runs at the first instant after the gap. */
    AFTER,
    /** It does not run. */
    SKIP,
    /** It runs later by the length of the gap. */
    SHIFT
  }

  /** Which of two equal local times fires. */
  public enum Overlap {
    FIRST,
    SECOND,
    BOTH
  }
}
