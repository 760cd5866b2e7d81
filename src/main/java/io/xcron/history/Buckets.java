package io.xcron.history;

import io.xcron.model.RunCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts of runs in steps of one length, by when the runs ended. Not for several threads at once.
 *
 * <p>A bucket to which nothing was added lately is kept as compact bytes, and opened again if
 * something still comes. Bounded: so many buckets are kept, the newest ones; a bucket knows {@value
 * #MAX_NAMES} namespaces and as many hosts, the runs of further ones only in the sum, and of its
 * tasks the busiest.
 */
final class Buckets {
  static final int MAX_NAMES = 32;
  static final int KEPT_TASKS = 100;

  private final long stepMillis;
  private final int keep;
  private final TreeMap<Long, Bucket> buckets = new TreeMap<>();
  private @Nullable Bucket last;

  Buckets(long stepMillis, int keep) {
    this.stepMillis = stepMillis;
    this.keep = keep;
  }

  /** A bucket in compact form. */
  record Closed(
      long fromMillis,
      Tally.Closed all,
      Map<String, Tally.Closed> namespaces,
      Map<String, Tally.Closed> hosts,
      List<TaskCounts.Count> tasks) {}

  private static final class Open {
    private final Tally all = new Tally();
    private final Map<String, Tally> namespaces = new HashMap<>();
    private final Map<String, Tally> hosts = new HashMap<>();
    private final TaskCounts tasks = new TaskCounts();
  }

  private static final class Bucket {
    private final long fromMillis;
    private @Nullable Open open;
    private @Nullable Closed closed;

    Bucket(long fromMillis) {
      this.fromMillis = fromMillis;
    }

    Open open() {
      Open now = open;
      if (now == null) {
        now = new Open();
        Closed before = closed;
        if (before != null) {
          now.all.add(before.all());
          reopen(before.namespaces(), now.namespaces);
          reopen(before.hosts(), now.hosts);
          now.tasks.addAll(before.tasks());
        }
        open = now;
        closed = null;
      }
      return now;
    }

    private static void reopen(Map<String, Tally.Closed> from, Map<String, Tally> to) {
      from.forEach((name, tally) -> to.put(name, Tally.of(tally)));
    }

    Closed compact() {
      Closed before = closed;
      if (before != null) {
        return before;
      }
      Open now = open();
      return new Closed(
          fromMillis,
          now.all.close(),
          compact(now.namespaces),
          compact(now.hosts),
          now.tasks.busiest(KEPT_TASKS));
    }

    private static Map<String, Tally.Closed> compact(Map<String, Tally> tallies) {
      Map<String, Tally.Closed> compact = new HashMap<>();
      tallies.forEach((name, tally) -> compact.put(name, tally.close()));
      return compact;
    }

    void close() {
      closed = compact();
      open = null;
    }
  }

  /** Counts a run under an instant; one that is older than all that is kept is not counted. */
  void add(RunCodec.Glance run, long atMillis) {
    Bucket bucket = bucket(Math.floorDiv(atMillis, stepMillis) * stepMillis);
    if (bucket == null) {
      return;
    }
    Open open = bucket.open();
    open.all.add(run);
    add(open.namespaces, run.namespace(), run);
    if (!run.host().isEmpty()) {
      add(open.hosts, run.host(), run);
    }
    open.tasks.add(run);
  }

  private static void add(Map<String, Tally> tallies, String name, RunCodec.Glance run) {
    Tally tally = tallies.get(name);
    if (tally == null && tallies.size() < MAX_NAMES) {
      tally = new Tally();
      tallies.put(name, tally);
    }
    if (tally != null) {
      tally.add(run);
    }
  }

  private @Nullable Bucket bucket(long fromMillis) {
    Bucket known = last;
    if (known != null && known.fromMillis == fromMillis) {
      return known;
    }
    boolean newest = buckets.isEmpty() || fromMillis > buckets.lastKey();
    if (!newest && fromMillis <= buckets.lastKey() - keep * stepMillis) {
      return null;
    }
    Bucket bucket = buckets.computeIfAbsent(fromMillis, Bucket::new);
    if (newest) {
      buckets.headMap(fromMillis - keep * stepMillis, true).clear();
      settle();
    }
    last = bucket;
    return bucket;
  }

  /** Makes all but the two newest compact. */
  void settle() {
    int open = 2;
    for (Bucket bucket : buckets.descendingMap().values()) {
      if (open > 0) {
        open--;
      } else if (bucket.open != null) {
        bucket.close();
      }
    }
    last = null;
  }

  /** Where the newest bucket begins. */
  long newestMillis() {
    return buckets.isEmpty() ? Long.MIN_VALUE : buckets.lastKey();
  }

  /** Where the first bucket begins that ends after an instant. */
  long beginning(long sinceMillis) {
    return Math.floorDiv(sinceMillis, stepMillis) * stepMillis;
  }

  /** The buckets that end after an instant and begin before or at another. */
  List<Closed> between(long sinceMillis, long untilMillis) {
    List<Closed> found = new ArrayList<>();
    for (Bucket bucket : buckets.subMap(beginning(sinceMillis), true, untilMillis, true).values()) {
      found.add(bucket.compact());
    }
    return found;
  }
}
