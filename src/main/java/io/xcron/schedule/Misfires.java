package io.xcron.schedule;

import io.xcron.model.Policy;

/**
 * What becomes of the instants that passed while nobody could fire them.
 *
 * <p>An instant is <em>missed</em> when it is more than {@code misfireAfter} late, counted from the
 * latest due time that its jitter allows. Missed instants that are older than the window, those
 * before the latest under {@code ONCE} and all of them under {@code SKIP} are <em>collapsed</em>:
 * numbered, not fired. The others, and all that are not missed, fire one after the other. So what
 * is collapsed is always the head of what is pending, and a decision is a count and the place where
 * firing goes on. Pure.
 *
 * <p>Whether an instant's run may already have started is not known here: such a run is repeated
 * first, under its number, and the decision begins after it.
 */
public final class Misfires {
  /** Where counting stops. A rate counts by division and has no need of it but keeps to it too. */
  public static final long MAX_COUNT = 1_000_000;

  private Misfires() {}

  /**
   * What to do now.
   *
   * @param collapsed how many instants are numbered without a fire; never above {@link #MAX_COUNT}
   * @param capped whether there were more than {@code collapsed} says. The decision itself is exact
   *     all the same.
   * @param collapsedThroughMillis the last of them; {@link Timeline#NONE} when there is none
   * @param nextMillis the next instant to fire, in the past or ahead; {@link Timeline#NONE} when
   *     the schedule is at its end
   * @param missed whether {@code nextMillis} is a missed one
   */
  public record Decision(
      long collapsed,
      boolean capped,
      long collapsedThroughMillis,
      long nextMillis,
      boolean missed) {}

  /**
   * Decides.
   *
   * @param pendingMillis the first instant that is not decided yet, or {@link Timeline#NONE}
   * @param jitterMillis the task's jitter
   * @param windowMillis {@link Long#MAX_VALUE} for no window
   */
  public static Decision decide(
      Timeline timeline,
      long pendingMillis,
      long nowMillis,
      long jitterMillis,
      long misfireAfterMillis,
      long windowMillis,
      Policy.Misfire policy) {
    long missedUpTo = nowMillis - jitterMillis - misfireAfterMillis - 1;
    if (pendingMillis == Timeline.NONE || pendingMillis > missedUpTo) {
      return new Decision(0, false, Timeline.NONE, pendingMillis, false);
    }
    long lastMissed = lastUpTo(timeline, pendingMillis, missedUpTo);
    // Exactly as old as the window is still inside.
    long tooOldUpTo =
        windowMillis == Long.MAX_VALUE
            ? Long.MIN_VALUE
            : Math.min(nowMillis - jitterMillis - windowMillis - 1, missedUpTo);
    long collapsedThrough =
        switch (policy) {
          case SKIP -> lastMissed;
          case ALL ->
              tooOldUpTo < pendingMillis
                  ? Timeline.NONE
                  : lastUpTo(timeline, pendingMillis, tooOldUpTo);
          case ONCE -> {
            if (lastMissed <= tooOldUpTo) {
              yield lastMissed;
            }
            yield pendingMillis == lastMissed
                ? Timeline.NONE
                : lastUpTo(timeline, pendingMillis, lastMissed - 1);
          }
        };
    if (collapsedThrough == Timeline.NONE) {
      return new Decision(0, false, Timeline.NONE, pendingMillis, true);
    }
    // A delay has no instant to count from when its only one is not fired; it counts from the
    // decision.
    long next =
        timeline.countsFromEnd()
            ? timeline.nextAfterRun(nowMillis)
            : timeline.next(collapsedThrough);
    long count = count(timeline, pendingMillis, collapsedThrough);
    return new Decision(
        Math.min(count, MAX_COUNT), count > MAX_COUNT, collapsedThrough, next, next <= missedUpTo);
  }

  /**
   * The last instant up to {@code upToMillis}; {@code pendingMillis} is one. By halving, so that
   * its cost does not grow with the outage.
   */
  private static long lastUpTo(Timeline timeline, long pendingMillis, long upToMillis) {
    if (timeline.plain() && timeline.schedule() instanceof CompiledSchedule.Rate rate) {
      return pendingMillis
          + timeline.countOfRate(rate, pendingMillis, upToMillis) * rate.periodMillis();
    }
    long instant = timeline.next(pendingMillis);
    if (instant > upToMillis) {
      return pendingMillis;
    }
    // Always: what follows low is at most upTo, what follows high is not.
    long low = pendingMillis;
    long high = upToMillis;
    while (high - low > 1) {
      long middle = low + (high - low) / 2;
      long next = timeline.next(middle);
      if (next <= upToMillis) {
        low = middle;
        instant = next;
      } else {
        high = middle;
      }
    }
    return instant;
  }

  /**
   * How many instants from {@code first} to {@code last}, both counted, looking at no more than one
   * above {@link #MAX_COUNT}.
   */
  private static long count(Timeline timeline, long first, long last) {
    if (timeline.plain() && timeline.schedule() instanceof CompiledSchedule.Rate rate) {
      return 1 + timeline.countOfRate(rate, first, last);
    }
    long count = 1;
    for (long instant = first; instant < last && count <= MAX_COUNT; count++) {
      instant = timeline.next(instant);
    }
    return count;
  }
}
