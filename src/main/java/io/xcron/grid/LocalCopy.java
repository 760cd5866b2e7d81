package io.xcron.grid;

import io.xcron.journal.Durability;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * This member's copy of one partition: at which version its content is, and what it takes from the
 * owners of the partition (rules 8 and 9 of the grant).
 *
 * <p>A copy has one version, and it has everything up to that version: entries are taken in
 * unbroken sequence only, an epoch is entered only from the very content that its owner began with
 * or with a whole copy of the owner, and a copy that is not finished does not count. What an owner
 * of a lower epoch sends is refused.
 *
 * <p>Methods are called on the partition's thread. Those that decide something stand alone, so that
 * tests can plant a fault in each.
 */
class LocalCopy {
  /** What goes back to the owner; any thread. */
  interface Answers {
    void answer(CopyMessage message);
  }

  private static final long MEND_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MEND_PAUSE_MOST_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final int partition;
  private final CopyStore store;
  private volatile @Nullable Version version;
  private volatile long highestEpoch;
  private @Nullable Incoming incoming;
  private long mendedNanos;
  private long mendPauseNanos;

  /** A whole copy on its way in. */
  private static final class Incoming {
    final long epoch;
    final long copy;
    int next;

    Incoming(long epoch, long copy) {
      this.epoch = epoch;
      this.copy = copy;
    }
  }

  LocalCopy(int partition, CopyStore store) {
    this.partition = partition;
    this.store = store;
  }

  /** What the journal brought back. */
  final void recovered(@Nullable Version content, long highest) {
    version = content;
    highestEpoch = highest;
  }

  /** Null while there is no whole content. */
  final @Nullable Version version() {
    return version;
  }

  final long highestEpoch() {
    return highestEpoch;
  }

  final CopyStore store() {
    return store;
  }

  /** The holder of this epoch is this member: the content goes on under it. */
  final void begin(long epoch) {
    highestEpoch = Math.max(highestEpoch, epoch);
    enter(epoch);
  }

  /** Nobody ever had this partition: it begins empty. */
  final void beginEmpty(long epoch) {
    store.stage(epoch);
    store.install(epoch, 0);
    highestEpoch = epoch;
    version = new Version(epoch, 0);
  }

  private void enter(long epoch) {
    incoming = null;
    if (store.journalWhole()) {
      store.begin(epoch);
    } else {
      store.rewrite(epoch, 0);
    }
    version = new Version(epoch, 0);
  }

  /**
   * What the journal refused while its disk was bad is written to it when it takes more again. A
   * try that is refused too is followed by a longer pause.
   */
  final void mend(long nowNanos) {
    Version now = version;
    if (now == null || incoming != null || !store.journalLacks()) {
      return;
    }
    if (mendPauseNanos == 0 || nowNanos - mendedNanos >= mendPauseNanos) {
      store.rewrite(now.epoch(), now.sequence());
      mendedNanos = nowNanos;
      mendPauseNanos =
          store.journalWhole()
              ? 0
              : Math.clamp(2 * mendPauseNanos, MEND_PAUSE_NANOS, MEND_PAUSE_MOST_NANOS);
    }
  }

  /** A write of this member as owner; the next of its epoch. */
  final void wrote(long sequence) {
    Version before = version;
    if (before == null) {
      throw new IllegalStateException("a write to a copy that is not whole");
    }
    version = new Version(before.epoch(), sequence);
  }

  final void adopt(CopyMessage.Adopt adopt, Answers answers) {
    if (refuses(adopt.epoch())) {
      answers.answer(new CopyMessage.Refused(partition, adopt.epoch(), highestEpoch));
      return;
    }
    Version now = version;
    if (now != null && now.epoch() == adopt.epoch()) {
      acknowledge(now, answers);
      return;
    }
    if (incoming != null && incoming.epoch == adopt.epoch()) {
      // Late, or the owner has broken that copy off and asks how to go on.
      answers.answer(new CopyMessage.Behind(partition, adopt.epoch(), CopyMessage.Behind.NOTHING));
      return;
    }
    if (hasContentOf(adopt)) {
      highestEpoch = adopt.epoch();
      enter(adopt.epoch());
      acknowledge(new Version(adopt.epoch(), 0), answers);
    } else {
      see(adopt.epoch());
      answers.answer(new CopyMessage.Behind(partition, adopt.epoch(), CopyMessage.Behind.NOTHING));
    }
  }

  final void entries(CopyMessage.Entries message, Answers answers) {
    long epoch = message.epoch();
    if (refuses(epoch)) {
      answers.answer(new CopyMessage.Refused(partition, epoch, highestEpoch));
      return;
    }
    Version now = version;
    if (now == null || now.epoch() != epoch || incoming != null) {
      // While a copy comes in, the journal takes entries for a part of that.
      answers.answer(new CopyMessage.Behind(partition, epoch, CopyMessage.Behind.NOTHING));
      return;
    }
    if (!follows(now, message.first())) {
      answers.answer(new CopyMessage.Behind(partition, epoch, now.sequence()));
      return;
    }
    long sequence = message.first();
    for (CopyEntry entry : message.entries()) {
      if (sequence > now.sequence()) {
        store.apply(entry, epoch, sequence);
      }
      sequence++;
    }
    version = new Version(epoch, Math.max(now.sequence(), sequence - 1));
    acknowledge(version, answers);
  }

  final void chunk(CopyMessage.Chunk chunk, Answers answers) {
    long epoch = chunk.epoch();
    if (refuses(epoch)) {
      answers.answer(new CopyMessage.Refused(partition, epoch, highestEpoch));
      return;
    }
    if (chunk.index() == 0 && startsAnew(chunk)) {
      highestEpoch = epoch;
      incoming = new Incoming(epoch, chunk.copy());
      store.stage(epoch);
    }
    Incoming current = incoming;
    if (current == null || current.epoch != epoch || current.copy != chunk.copy()) {
      Version now = version;
      if (now != null && now.epoch() == epoch && now.sequence() >= chunk.sequence()) {
        acknowledge(now, answers);
      }
      return;
    }
    if (chunk.index() == current.next) {
      current.next++;
      store.staged(chunk.entries(), epoch, chunk.sequence());
      if (ends(chunk)) {
        store.install(epoch, chunk.sequence());
        version = new Version(epoch, chunk.sequence());
        incoming = null;
        acknowledge(version, answers);
        return;
      }
    }
    answers.answer(new CopyMessage.ChunkAck(partition, epoch, current.copy, current.next));
  }

  private boolean startsAnew(CopyMessage.Chunk chunk) {
    Version now = version;
    Incoming current = incoming;
    if (current == null) {
      return now == null || now.epoch() != chunk.epoch() || now.sequence() < chunk.sequence();
    }
    return current.epoch < chunk.epoch()
        || (current.epoch == chunk.epoch() && current.copy < chunk.copy());
  }

  /** Nothing of the partition is kept here any more; the highest epoch is. */
  final void release() {
    incoming = null;
    version = null;
    store.release();
  }

  private void see(long epoch) {
    if (epoch > highestEpoch) {
      highestEpoch = epoch;
      store.seen(epoch);
    }
  }

  private void acknowledge(Version upTo, Answers answers) {
    store.whenDurable(
        outcome -> {
          if (outcome == Durability.DURABLE) {
            answers.answer(new CopyMessage.Ack(partition, upTo.epoch(), upTo.sequence()));
          }
        });
  }

  /** Calls back with the sequence of the content as of now when that is durable here. */
  final void whenDurable(LongConsumer durable) {
    Version now = version;
    if (now != null) {
      store.whenDurable(
          outcome -> {
            if (outcome == Durability.DURABLE) {
              durable.accept(now.sequence());
            }
          });
    }
  }

  boolean refuses(long epoch) {
    return epoch < highestEpoch;
  }

  boolean hasContentOf(CopyMessage.Adopt adopt) {
    return adopt.base().equals(version) && adopt.digest() == store.digest();
  }

  boolean follows(Version now, long first) {
    return first <= now.sequence() + 1;
  }

  boolean ends(CopyMessage.Chunk chunk) {
    return chunk.last();
  }
}
