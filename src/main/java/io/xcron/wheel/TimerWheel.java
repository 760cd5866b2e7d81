package io.xcron.wheel;

import java.util.Arrays;
import java.util.Objects;

/**
 * A hierarchical timing wheel of millisecond deadlines, after Varghese and Lauck ("Hashed and
 * Hierarchical Timing Wheels", 1987), on primitives only.
 *
 * <p><b>Order.</b> The wheel behaves as a queue sorted by deadline; timers of one millisecond keep
 * the order in which they were last scheduled. Any {@code long} is a valid deadline.
 *
 * <p><b>How.</b> A deadline is read as a number with eleven digits of six bits. The wheel stands at
 * a {@code position}, and a timer lies at the level of the highest digit in which its deadline
 * differs from the position, in the slot that this digit names. Four things follow, and all the
 * rest is built on them:
 *
 * <ul>
 *   <li>All timers of a lower level are due before any timer of a higher level, so two bit scans
 *       find the earliest slot, however far away it is.
 *   <li>The position may move up to the start of that slot and no other timer changes its place;
 *       nothing wraps. There the slot's timers are dealt to lower levels, each at most ten times in
 *       its life.
 *   <li>A timer's slot follows from its deadline, so nothing but two links is kept for it.
 *   <li>Timers of one millisecond always share a slot, so their order is never lost.
 * </ul>
 *
 * <p>A slot is a circular list through {@code next} and {@code prev}. A timer scheduled
 * <em>behind</em> the position has no slot; it waits in a binary heap, which is always earlier than
 * all slots. It is empty as long as nobody schedules in the past and the clock does not go back.
 *
 * <p><b>Cost.</b> Schedule and cancel take constant time, or logarithmic time in the number of
 * timers behind the position. An empty wheel takes about 2.8 KB, each timer number up to the
 * highest one used 16 bytes, at most 20 with the room to grow, and 4 to 5 more while it is in the
 * heap. Nothing is allocated but to grow; memory is given back by {@link #clear}.
 *
 * <p>Not thread-safe: the owner's lock guards it. A negative timer number is an {@link
 * IndexOutOfBoundsException} everywhere.
 */
public final class TimerWheel {

  private static final int DIGIT_BITS = 6;
  private static final int SLOTS = 1 << DIGIT_BITS;

  /** The digits of a 63-bit number; the top one has only three bits. */
  private static final int LEVELS = Math.ceilDiv(Long.SIZE - 1, DIGIT_BITS);

  private static final int TOP_SLOTS = 1 << (Long.SIZE - 1 - (LEVELS - 1) * DIGIT_BITS);

  private static final int NONE = -1;

  /** The longest array that every JVM can make. */
  private static final int MAX_TIMERS = Integer.MAX_VALUE - 8;

  private static final int MIN_CAPACITY = 8;

  /** A heap that has grown over this is given back when it is empty: it was a rare backlog. */
  private static final int KEPT_HEAP_CAPACITY = 1024;

  private static final int[] NO_INTS = {};
  private static final long[] NO_LONGS = {};

  /** The first timer of each slot; means something only while the slot's bit is set. */
  private final int[] heads = new int[(LEVELS - 1) * SLOTS + TOP_SLOTS];

  /** For each level, the slots that have timers. */
  private final long[] occupiedSlots = new long[LEVELS];

  /** The levels that have timers. */
  private int occupiedLevels;

  /** Not over any deadline in a slot, and over every deadline in the heap; never negative. */
  private long position;

  private int size;

  private long[] deadlines = NO_LONGS;

  /** The next timer of the slot, or the turn of a timer in the heap. */
  private int[] next = NO_INTS;

  /** The previous timer of the slot, the place of a timer in the heap, or none: not scheduled. */
  private int[] prev = NO_INTS;

  private int[] heap = NO_INTS;
  private int heapSize;
  private int heapTurns;

  public TimerWheel(long nowMillis) {
    position = Math.max(0, nowMillis);
  }

  /**
   * Schedules the timer, or moves it if it was scheduled. A deadline that has passed is due at
   * once: it expires in the next advance, or in the one under way.
   *
   * @param timer small and dense: memory is taken for all numbers up to the highest one
   */
  public void schedule(int timer, long deadlineMillis) {
    Objects.checkIndex(timer, MAX_TIMERS);
    if (timer >= prev.length) {
      grow(timer + 1);
    } else if (prev[timer] != NONE) {
      remove(timer);
    }
    deadlines[timer] = deadlineMillis;
    if (deadlineMillis < position) {
      pushToHeap(timer);
    } else {
      appendToSlot(timer);
    }
    size++;
  }

  /** Whether the timer was scheduled; it no longer is. */
  public boolean cancel(int timer) {
    if (!isScheduled(timer)) {
      return false;
    }
    remove(timer);
    return true;
  }

  public boolean isScheduled(int timer) {
    return timer < prev.length && prev[timer] != NONE;
  }

  /**
   * The deadline as it was given.
   *
   * @throws IllegalStateException if the timer is not scheduled
   */
  public long deadlineMillis(int timer) {
    if (!isScheduled(timer)) {
      throw new IllegalStateException("timer " + timer + " is not scheduled");
    }
    return deadlines[timer];
  }

  public int size() {
    return size;
  }

  /** Cancels all timers and gives their memory back. */
  public void clear() {
    Arrays.fill(occupiedSlots, 0);
    occupiedLevels = 0;
    size = 0;
    deadlines = NO_LONGS;
    next = NO_INTS;
    prev = NO_INTS;
    heap = NO_INTS;
    heapSize = 0;
  }

  /**
   * Expires the timers with a deadline at or before {@code nowMillis}, earliest first and within
   * one millisecond in the order of scheduling, until none is due or the limit is reached. The rest
   * then stays due and the next advance goes on there. No timer expires before its deadline,
   * measured by the {@code nowMillis} handed in.
   *
   * <p>A timer that the callback schedules at or before {@code nowMillis} takes its place in that
   * order and expires in this same advance; one that it cancels does not expire. Only the limit
   * stops a callback that always schedules due timers.
   *
   * <p>Time may go back: the wheel does not follow, and nothing expires but what is due even so.
   *
   * <p>The limit counts expiries. The timers dealt to lower levels on the way are not counted, so
   * one call may touch every timer once for each of its levels, whatever the limit; the length of
   * the time jumped over costs nothing.
   *
   * @return what is left of the limit; 0 means that more may be due
   */
  public int advance(long nowMillis, int limit, Expiry expiry) {
    if (limit < 0) {
      throw new IllegalArgumentException("negative limit " + limit);
    }
    if (size == 0) {
      // With nothing to lose the wheel can follow the clock back too, after a false jump.
      position = Math.max(0, nowMillis);
      return limit;
    }
    int left = limit;
    while (left > 0) {
      int timer = firstDue(nowMillis);
      if (timer == NONE) {
        break;
      }
      long deadlineMillis = deadlines[timer];
      remove(timer);
      left--;
      expiry.expired(timer, deadlineMillis);
    }
    return left;
  }

  /**
   * When the next advance has something to do: exact, or the start of the slot in which the
   * earliest timer lies, never later than its deadline. {@code Long.MAX_VALUE} when empty.
   *
   * <p>Once an advance has returned with some of its limit left, this is later than its now; an
   * advance at this instant then expires a timer or deals a slot to lower levels. So whoever sleeps
   * until then wakes at most {@value #LEVELS} times for one timer.
   */
  public long nextDeadlineMillis() {
    if (heapSize > 0) {
      return deadlines[heap[0]];
    }
    if (occupiedLevels == 0) {
      return Long.MAX_VALUE;
    }
    int level = Integer.numberOfTrailingZeros(occupiedLevels);
    int slot = Long.numberOfTrailingZeros(occupiedSlots[level]);
    int head = heads[level * SLOTS + slot];
    return next[head] == head ? deadlines[head] : startOf(level, slot);
  }

  /** The earliest timer if it is due, else none; brings the position as near to now as it may. */
  private int firstDue(long nowMillis) {
    if (heapSize > 0) {
      return deadlines[heap[0]] <= nowMillis ? heap[0] : NONE;
    }
    while (occupiedLevels != 0) {
      int level = Integer.numberOfTrailingZeros(occupiedLevels);
      int slot = Long.numberOfTrailingZeros(occupiedSlots[level]);
      long start = startOf(level, slot);
      if (start > nowMillis) {
        break;
      }
      position = start;
      if (level == 0) {
        return heads[slot];
      }
      deal(level, slot);
    }
    position = Math.max(position, nowMillis);
    return NONE;
  }

  /** Moves the timers of a slot, at whose start the position now stands, to lower levels. */
  private void deal(int level, int slot) {
    int head = heads[level * SLOTS + slot];
    vacate(level, slot);
    int timer = head;
    do {
      int following = next[timer];
      appendToSlot(timer);
      timer = following;
    } while (timer != head);
  }

  private int levelOf(long deadlineMillis) {
    long differing = (deadlineMillis ^ position) | 1;
    return (Long.SIZE - 1 - Long.numberOfLeadingZeros(differing)) / DIGIT_BITS;
  }

  private static int slotOf(int level, long deadlineMillis) {
    return (int) (deadlineMillis >>> (level * DIGIT_BITS)) & (SLOTS - 1);
  }

  /** The first millisecond of a slot: the position's higher digits, the slot, and zeros. */
  private long startOf(int level, int slot) {
    int shift = level * DIGIT_BITS;
    return (((position >>> shift) & -SLOTS) | slot) << shift;
  }

  private void appendToSlot(int timer) {
    long deadlineMillis = deadlines[timer];
    int level = levelOf(deadlineMillis);
    int slot = slotOf(level, deadlineMillis);
    int at = level * SLOTS + slot;
    long bit = 1L << slot;
    if ((occupiedSlots[level] & bit) == 0) {
      occupiedSlots[level] |= bit;
      occupiedLevels |= 1 << level;
      heads[at] = timer;
      next[timer] = timer;
      prev[timer] = timer;
    } else {
      int head = heads[at];
      int tail = prev[head];
      next[tail] = timer;
      prev[timer] = tail;
      next[timer] = head;
      prev[head] = timer;
    }
  }

  private void vacate(int level, int slot) {
    occupiedSlots[level] &= ~(1L << slot);
    if (occupiedSlots[level] == 0) {
      occupiedLevels &= ~(1 << level);
    }
  }

  private void remove(int timer) {
    if (deadlines[timer] < position) {
      removeFromHeap(timer);
    } else {
      removeFromSlot(timer);
    }
    prev[timer] = NONE;
    size--;
  }

  private void removeFromSlot(int timer) {
    int level = levelOf(deadlines[timer]);
    int slot = slotOf(level, deadlines[timer]);
    int after = next[timer];
    if (after == timer) {
      vacate(level, slot);
      return;
    }
    int before = prev[timer];
    next[before] = after;
    prev[after] = before;
    int at = level * SLOTS + slot;
    if (heads[at] == timer) {
      heads[at] = after;
    }
  }

  private void pushToHeap(int timer) {
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, roomFor(heapSize + 1));
    }
    next[timer] = heapTurns++;
    siftUp(heapSize++, timer);
  }

  private void removeFromHeap(int timer) {
    int place = prev[timer];
    int last = heap[--heapSize];
    if (last != timer) {
      siftDown(place, last);
      if (heap[place] == last) {
        siftUp(place, last);
      }
    }
    if (heapSize == 0 && heap.length > KEPT_HEAP_CAPACITY) {
      heap = NO_INTS;
    }
  }

  private void siftUp(int place, int timer) {
    int at = place;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!isBefore(timer, heap[parent])) {
        break;
      }
      putInHeap(at, heap[parent]);
      at = parent;
    }
    putInHeap(at, timer);
  }

  private void siftDown(int place, int timer) {
    int at = place;
    while (at < heapSize >>> 1) {
      int child = 2 * at + 1;
      if (child + 1 < heapSize && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], timer)) {
        break;
      }
      putInHeap(at, heap[child]);
      at = child;
    }
    putInHeap(at, timer);
  }

  private void putInHeap(int place, int timer) {
    heap[place] = timer;
    prev[timer] = place;
  }

  private boolean isBefore(int timer, int other) {
    if (deadlines[timer] != deadlines[other]) {
      return deadlines[timer] < deadlines[other];
    }
    return next[timer] - next[other] < 0; // Turns may wrap around.
  }

  private void grow(int needed) {
    int capacity = roomFor(needed);
    int from = prev.length;
    long[] grownDeadlines = Arrays.copyOf(deadlines, capacity);
    int[] grownNext = Arrays.copyOf(next, capacity);
    int[] grownPrev = Arrays.copyOf(prev, capacity);
    Arrays.fill(grownPrev, from, capacity, NONE);
    // Together and last, so that running out of memory leaves the wheel whole.
    deadlines = grownDeadlines;
    next = grownNext;
    prev = grownPrev;
  }

  private static int roomFor(int needed) {
    long room = Math.max(MIN_CAPACITY, needed + (long) (needed >>> 2));
    return (int) Math.min(MAX_TIMERS, room);
  }
}
