package io.xcron.history;

import io.xcron.history.RunFigures.Window;
import io.xcron.model.RunCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts runs in buckets of 10 s, 1 min and 1 h, by when they ended, in memory: for all, for each
 * namespace and host, and for the busiest tasks. Any thread may call; a question holds up the
 * counting for as long as it takes to list what is there (a closed bucket is compact bytes, read
 * outside the lock).
 *
 * <p>What this member recorded is counted apart from what it holds as copies, by origin, so that
 * sums over members count each record once: those of its origin while that member answers, those of
 * the copies else. As a bucket depends on nothing but the records, counting the store anew after a
 * restart comes to the same.
 *
 * <p>Bounded: see {@link Buckets}; and copies of {@value #MAX_ORIGINS} origins are counted, those
 * of the one that has been silent for longest going first.
 */
public final class RunStatistics {
  static final int MAX_NAMESPACES = Buckets.MAX_NAMES;

  /** How far back figures go, with a bucket that the beginning cuts. */
  static final long KEPT_MILLIS = 25 * 3_600_000L;

  private static final int MAX_ORIGINS = 16;

  /** This member's own records. */
  private static final long OWN = 0;

  /** The clocks of two members may differ by so much; what ended later than that ended now. */
  private static final long AHEAD_MILLIS = 10_000;

  private final Map<Long, Steps> origins = new HashMap<>();
  private long self = OWN;

  /** The buckets of one origin. */
  private static final class Steps {
    private final Buckets seconds = new Buckets(10_000, 7);
    private final Buckets minutes = new Buckets(60_000, 61);
    private final Buckets hours = new Buckets(3_600_000, 25);

    void add(RunCodec.Glance run, long atMillis) {
      seconds.add(run, atMillis);
      minutes.add(run, atMillis);
      hours.add(run, atMillis);
    }

    void settle() {
      seconds.settle();
      minutes.settle();
      hours.settle();
    }

    Buckets of(Window window) {
      return switch (window) {
        case MINUTE -> seconds;
        case TEN_MINUTES, HOUR -> minutes;
        case DAY -> hours;
      };
    }
  }

  /** The sums of one origin. */
  record OfOrigin(long origin, RunSums sums) {}

  public RunStatistics() {
    origins.put(OWN, new Steps());
  }

  /** Whose records are this member's own; those without an origin are too. */
  synchronized void selfIs(long origin) {
    self = origin;
  }

  /** Counts a run. */
  public synchronized void add(RunCodec.Glance run, long nowMillis) {
    long at = run.endMillis() > nowMillis + AHEAD_MILLIS ? nowMillis : run.endMillis();
    stepsOf(run.origin() == self ? OWN : run.origin()).add(run, at);
  }

  private Steps stepsOf(long origin) {
    Steps known = origins.get(origin);
    if (known != null) {
      return known;
    }
    if (origins.size() > MAX_ORIGINS) {
      long silent = OWN;
      for (long other : origins.keySet()) {
        if (other != OWN && (silent == OWN || newest(other) < newest(silent))) {
          silent = other;
        }
      }
      origins.remove(silent);
    }
    Steps begun = new Steps();
    origins.put(origin, begun);
    return begun;
  }

  private long newest(long origin) {
    Steps steps = origins.get(origin);
    return steps == null ? Long.MIN_VALUE : steps.hours.newestMillis();
  }

  /** Gives back memory after many old runs were counted in no order. */
  synchronized void settle() {
    origins.values().forEach(Steps::settle);
  }

  /** The figures of this member's own records, in a window that ends now. */
  public RunFigures figures(Window window, long nowMillis) {
    List<Buckets.Closed> buckets;
    synchronized (this) {
      buckets = stepsOf(OWN).of(window).between(sinceMillis(window, nowMillis), nowMillis);
    }
    return sum(buckets).figures(fromMillis(window, nowMillis), nowMillis, List.of());
  }

  private static RunSums sum(List<Buckets.Closed> buckets) {
    RunSums sums = new RunSums();
    buckets.forEach(sums::add);
    return sums;
  }

  private static long sinceMillis(Window window, long nowMillis) {
    return nowMillis - window.length().toMillis();
  }

  /** Where a window begins that ends now: with a whole bucket. */
  static long fromMillis(Window window, long nowMillis) {
    return new Steps().of(window).beginning(sinceMillis(window, nowMillis));
  }

  /** The sums of each origin that is known here; that of this member's own is among them. */
  List<OfOrigin> sums(Window window, long nowMillis) {
    Map<Long, List<Buckets.Closed>> found = new HashMap<>();
    synchronized (this) {
      origins.forEach(
          (origin, steps) ->
              found.put(
                  origin == OWN ? self : origin,
                  steps.of(window).between(sinceMillis(window, nowMillis), nowMillis)));
    }
    List<OfOrigin> sums = new ArrayList<>();
    found.forEach((origin, buckets) -> sums.add(new OfOrigin(origin, sum(buckets))));
    return sums;
  }
}
