package io.xcron.node;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Holds the callbacks of a long load against what was acknowledged. It keeps a one-shot for {@value
 * #LATEST_MILLIS} ms after its due time and of a recurring task only where it stands, so its memory
 * does not grow with the load. Of each kind of wrong the first {@value #EXAMPLES} are printed.
 *
 * <p>It relies on overlap {@code queue} and misfire {@code all} of the recurring tasks: then no run
 * is left out and each ends before the next begins.
 */
final class SoakLedger {
  static final long LATEST_MILLIS = 60_000;
  private static final long DELETED_MILLIS = 1_000;
  private static final int EXAMPLES = 5;

  private final Map<String, OneShot> oneShots = new ConcurrentHashMap<>();
  private final Map<String, Recurring> recurring = new ConcurrentHashMap<>();
  private final Map<Wrong, LongAdder> wrongs = new EnumMap<>(Wrong.class);

  /** How late first attempts are; the one of the minute is taken away with it. */
  private Lags lags = new Lags();

  private final Lags allLags = new Lags();
  private final LongAdder fires = new LongAdder();

  enum Wrong {
    EARLY,
    LOST,
    AFTER_DELETE,
    TOKEN_DOWN,
    GAP,
    /** Of a task that nobody has created, or that is done since long. */
    STRANGE,
    /** Came again although it was answered with 200: bad manners, and no broken promise. */
    REPEAT;

    boolean breaksPromise() {
      return this != REPEAT;
    }
  }

  SoakLedger() {
    for (Wrong wrong : Wrong.values()) {
      wrongs.put(wrong, new LongAdder());
    }
  }

  /** Where a one-shot stands; guarded by itself. */
  private static final class OneShot {
    private final long dueMillis;
    private boolean acknowledged;
    private boolean deleting;
    private long deletedMillis = Long.MAX_VALUE;
    private boolean done;
    private boolean failed;
    private long token;

    private OneShot(long dueMillis) {
      this.dueMillis = dueMillis;
    }

    private boolean awaited() {
      return acknowledged && !deleting && !done;
    }
  }

  /** Where a recurring task stands; guarded by itself. */
  private static final class Recurring {
    private long generation;
    private long next = 1;
    private long failedRun = -1;
    private long token;
    private boolean live;
    private long seenMillis;
    private long deletedGeneration = -1;
    private long deletedMillis;
  }

  /** Before a one-shot is sent. */
  void creating(String id, long dueMillis) {
    oneShots.put(id, new OneShot(dueMillis));
  }

  void created(String id) {
    OneShot task = oneShots.get(id);
    if (task != null) {
      synchronized (task) {
        task.acknowledged = true;
      }
    }
  }

  /** Before a delete is sent: from then on it need not fire. */
  void deleting(String id) {
    OneShot task = oneShots.get(id);
    if (task != null) {
      synchronized (task) {
        task.deleting = true;
      }
    }
  }

  void deleted(String id, long now) {
    OneShot task = oneShots.get(id);
    if (task != null) {
      synchronized (task) {
        task.deletedMillis = now;
      }
    }
  }

  /** A task that was acknowledged is not known any more. */
  void gone(String id) {
    wrong(Wrong.LOST, 1, id + " is not found before it is due");
  }

  /** Before a recurring task is sent for the first time. */
  void recurringCreating(String id) {
    recurring.put(id, new Recurring());
  }

  void recurringCreated(String id, long now) {
    Recurring task = known(id);
    synchronized (task) {
      task.live = true;
      task.seenMillis = now;
    }
  }

  /** Before its delete is sent: from then on it may be silent. */
  void recurringDeleting(String id) {
    Recurring task = known(id);
    synchronized (task) {
      task.live = false;
    }
  }

  void recurringDeleted(String id, long now) {
    Recurring task = known(id);
    synchronized (task) {
      task.deletedGeneration = task.generation;
      task.deletedMillis = now;
    }
  }

  private Recurring known(String id) {
    Recurring task = recurring.get(id);
    if (task == null) {
      throw new IllegalArgumentException(id);
    }
    return task;
  }

  /**
   * Takes in a callback.
   *
   * @param failing whether it will be answered with an error
   */
  void arrived(CallbackSink.Callback callback, boolean failing) {
    fires.increment();
    OneShot oneShot = oneShots.get(callback.taskId());
    Recurring task = recurring.get(callback.taskId());
    if (callback.arrivedMillis() < callback.dueMillis()) {
      wrong(Wrong.EARLY, 1, callback);
    }
    if (callback.attempt() == 1) {
      synchronized (this) {
        lags.add(callback.arrivedMillis() - callback.dueMillis());
      }
    }
    if (oneShot != null) {
      synchronized (oneShot) {
        arrived(oneShot, callback, failing);
      }
    } else if (task != null) {
      synchronized (task) {
        arrived(task, callback, failing);
      }
    } else {
      wrong(Wrong.STRANGE, 1, callback);
    }
  }

  private void arrived(OneShot task, CallbackSink.Callback callback, boolean failing) {
    if (callback.arrivedMillis() < task.dueMillis) {
      wrong(Wrong.EARLY, 1, callback + ", wanted at " + task.dueMillis);
    }
    if (callback.arrivedMillis() - DELETED_MILLIS > task.deletedMillis) {
      wrong(Wrong.AFTER_DELETE, 1, callback + ", deleted at " + task.deletedMillis);
    }
    if (callback.token() < task.token) {
      wrong(Wrong.TOKEN_DOWN, 1, callback + " after " + task.token);
    }
    if (task.done) {
      wrong(Wrong.REPEAT, 1, callback);
    }
    task.token = Math.max(task.token, callback.token());
    task.done |= !failing;
    task.failed |= failing;
  }

  private void arrived(Recurring task, CallbackSink.Callback callback, boolean failing) {
    if (callback.generation() <= task.deletedGeneration
        && callback.arrivedMillis() - DELETED_MILLIS > task.deletedMillis) {
      wrong(Wrong.AFTER_DELETE, 1, callback + ", deleted at " + task.deletedMillis);
    }
    if (callback.token() < task.token) {
      wrong(Wrong.TOKEN_DOWN, 1, callback + " after " + task.token);
    }
    task.token = Math.max(task.token, callback.token());
    task.seenMillis = callback.arrivedMillis();
    if (callback.generation() > task.generation) {
      task.generation = callback.generation();
      task.next = 1;
      task.failedRun = -1;
    } else if (callback.generation() < task.generation) {
      return;
    }
    long run = callback.runNumber();
    if (run < task.next && run != task.failedRun) {
      wrong(Wrong.REPEAT, 1, callback);
      return;
    }
    if (run >= task.next) {
      if (run > task.next) {
        wrong(Wrong.GAP, run - task.next, callback + ", awaited was run " + task.next);
      }
      if (task.failedRun >= 0) {
        wrong(Wrong.LOST, 1, callback + ", but the failed run before was not tried again");
      }
      task.next = run + 1;
    }
    task.failedRun = failing ? run : -1;
  }

  /** Forgets what is long over, and notes what did not come. */
  void sweep(long now) {
    oneShots.forEach(
        (id, task) -> {
          synchronized (task) {
            if (now - task.dueMillis > LATEST_MILLIS) {
              if (task.awaited()) {
                wrong(
                    Wrong.LOST,
                    1,
                    id + " due at " + task.dueMillis + (task.failed ? ", not tried again" : ""));
              }
              oneShots.remove(id);
            }
          }
        });
    recurring.forEach(
        (id, task) -> {
          synchronized (task) {
            if (task.live && now - task.seenMillis > LATEST_MILLIS) {
              wrong(Wrong.LOST, 1, id + " is silent since " + task.seenMillis);
              task.seenMillis = now;
            }
          }
        });
  }

  /** Acknowledged one-shots that still have to fire. */
  long open() {
    return oneShots.values().stream()
        .filter(
            task -> {
              synchronized (task) {
                return task.awaited();
              }
            })
        .count();
  }

  private void wrong(Wrong wrong, long count, Object example) {
    LongAdder counter = wrongs.get(wrong);
    if (counter == null) {
      throw new IllegalStateException(wrong.name());
    }
    if (counter.sum() < EXAMPLES) {
      System.out.println("! " + name(wrong) + ": " + example);
    }
    counter.add(count);
  }

  private static String name(Wrong wrong) {
    return wrong.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  long count(Wrong wrong) {
    LongAdder counter = wrongs.get(wrong);
    return counter == null ? 0 : counter.sum();
  }

  /** Whether a promise was broken. */
  boolean broken() {
    return wrongs.entrySet().stream()
        .anyMatch(entry -> entry.getKey().breaksPromise() && entry.getValue().sum() > 0);
  }

  /** All kinds with their counts. */
  String wrongs() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Wrong, LongAdder> entry : wrongs.entrySet()) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(name(entry.getKey()))
          .append(' ')
          .append(entry.getValue());
    }
    return text.toString();
  }

  /** How many callbacks came since this was asked last. */
  long takeFires() {
    return fires.sumThenReset();
  }

  /** The lags since this was asked last. */
  synchronized Lags takeLags() {
    Lags taken = lags;
    lags = new Lags();
    allLags.add(taken);
    return taken;
  }

  /** All that were taken. */
  synchronized Lags allLags() {
    return allLags;
  }

  /** A histogram of milliseconds; what is above a minute counts as a minute, but for the most. */
  static final class Lags {
    private final int[] counts = new int[(int) LATEST_MILLIS + 1];
    private long count;
    private long most;

    void add(long millis) {
      counts[(int) Math.clamp(millis, 0, LATEST_MILLIS)]++;
      count++;
      most = Math.max(most, millis);
    }

    private void add(Lags others) {
      for (int i = 0; i < counts.length; i++) {
        counts[i] += others.counts[i];
      }
      count += others.count;
      most = Math.max(most, others.most);
    }

    private int percentile(double part) {
      long before = (long) Math.ceil(count * part);
      int millis = 0;
      for (long seen = counts[0]; seen < before && millis < LATEST_MILLIS; seen += counts[millis]) {
        millis++;
      }
      return millis;
    }

    @Override
    public String toString() {
      return "%d/%d/%d".formatted(percentile(0.5), percentile(0.99), most);
    }
  }
}
