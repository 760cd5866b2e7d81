package io.xcron.target;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How attempts have ended on this member lately, for an owner that was not there to hear it. An end
 * is kept for {@value #KEEP_SECONDS} s, longer than tasks are without an owner, and the last
 * {@value #MOST} of them; who comes later finds that nothing is known. Any thread.
 */
final class RecentEnds {
  static final int MOST = 256;
  static final int KEEP_SECONDS = 60;

  private record End(Outcome outcome, long nanos) {}

  private final Map<AttemptKey, End> ends = new LinkedHashMap<>();

  synchronized void add(AttemptKey key, Outcome outcome, long nowNanos) {
    ends.remove(key);
    ends.put(key, new End(outcome, nowNanos));
    var eldest = ends.entrySet().iterator();
    while (eldest.hasNext()) {
      long nanos = eldest.next().getValue().nanos();
      if (ends.size() <= MOST && !isOver(nanos, nowNanos)) {
        break;
      }
      eldest.remove();
    }
  }

  synchronized @Nullable Outcome find(AttemptKey key, long nowNanos) {
    End end = ends.get(key);
    return end == null || isOver(end.nanos(), nowNanos) ? null : end.outcome();
  }

  /** The attempt is made anew. */
  synchronized void forget(AttemptKey key) {
    ends.remove(key);
  }

  private static boolean isOver(long nanos, long nowNanos) {
    return nowNanos - nanos > TimeUnit.SECONDS.toNanos(KEEP_SECONDS);
  }
}
