package io.xcron.journal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Records on their way to the writer. Several stripes, each a row of byte chunks behind a lock of
 * its own that is held for one copy, so that event loops do not meet; what came from elsewhere has
 * a stripe for itself, where it stays in order. Bounded: when a stripe is full its oldest chunk is
 * dropped and its records are counted.
 */
final class RunQueue {
  private static final int STRIPES = 4;
  private static final int CHUNK_BYTES = 32 << 10;

  /** Frames one after the other. */
  static final class Chunk {
    final byte[] bytes;
    int size;
    int records;

    /** Whether they came from elsewhere and have their sequence already. */
    final boolean sequenced;

    Chunk(int bytes, boolean sequenced) {
      this.bytes = new byte[bytes];
      this.sequenced = sequenced;
    }
  }

  private static final class Stripe {
    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private int bytes;
  }

  private final Stripe[] stripes = new Stripe[STRIPES + 1];
  private final int stripeBytes;
  private final LongAdder taken = new LongAdder();
  private final LongAdder dropped = new LongAdder();

  RunQueue(int maxBytes) {
    stripeBytes = maxBytes / stripes.length;
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new Stripe();
    }
  }

  void add(int partition, long task, long generation, long number, long sequence, byte[] payload) {
    taken.increment();
    int length = RunFrames.HEADER + payload.length;
    if (payload.length > RunFrames.MAX_PAYLOAD || length > stripeBytes) {
      dropped.increment();
      return;
    }
    boolean sequenced = sequence != 0;
    int stripe = sequenced ? STRIPES : (int) Thread.currentThread().threadId() & (STRIPES - 1);
    Stripe to = stripes[stripe];
    synchronized (to) {
      Chunk last = to.chunks.peekLast();
      if (last == null || last.bytes.length - last.size < length) {
        last = begin(to, length, sequenced);
      }
      RunFrames.write(
          last.bytes, last.size, partition, task, generation, number, sequence, payload);
      last.size += length;
      last.records++;
    }
  }

  private Chunk begin(Stripe stripe, int length, boolean sequenced) {
    Chunk chunk = new Chunk(Math.max(length, Math.min(CHUNK_BYTES, stripeBytes / 2)), sequenced);
    stripe.chunks.addLast(chunk);
    stripe.bytes += chunk.bytes.length;
    while (stripe.bytes > stripeBytes && stripe.chunks.size() > 1) {
      Chunk oldest = stripe.chunks.removeFirst();
      stripe.bytes -= oldest.bytes.length;
      dropped.add(oldest.records);
    }
    return chunk;
  }

  /** Records that wait, counted no further than asked. */
  int waiting(int atMost) {
    int count = 0;
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        for (Chunk chunk : stripe.chunks) {
          count += chunk.records;
          if (count >= atMost) {
            return count;
          }
        }
      }
    }
    return count;
  }

  /** Takes all that waits, each stripe's in order. */
  List<Chunk> drain() {
    List<Chunk> all = new ArrayList<>();
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        all.addAll(stripe.chunks);
        stripe.chunks.clear();
        stripe.bytes = 0;
      }
    }
    return all;
  }

  /** Counts records that were lost after they had been taken from here. */
  void lost(long records) {
    dropped.add(records);
  }

  long taken() {
    return taken.sum();
  }

  long dropped() {
    return dropped.sum();
  }
}
