package io.xcron.history;

import io.xcron.grid.Peers;
import io.xcron.journal.StoredRun;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Sends a copy of each record to one other member, a backup of its partition.
 *
 * <p><b>A record is sent to one member at most, for ever.</b> So whoever counts the copies of a
 * member that is gone may add them up over all that hold some. Batches to a member go one at a time
 * under growing numbers; one that was not acknowledged is sent again, to the same start of the same
 * member, which takes each number once. When that member leaves, the batch on its way stays with
 * it, for it may have been taken; what was not sent yet goes to another. A record of which the copy
 * is lost so is still where it was written: it takes the loss of two members to lose it.
 *
 * <p>Bounded: {@value #QUEUE_BYTES} bytes may wait for a member, then the oldest batch goes without
 * a copy; a batch that is refused for {@value #TRIES} times does too. Both are counted. Nothing
 * here holds up the store.
 */
final class CopySender implements RecordCopies {
  private static final int BATCH_BYTES = 256 << 10;
  private static final int QUEUE_BYTES = 4 << 20;
  private static final int TRIES = 30;
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Executor SOON = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);
  private static final Logger LOG = System.getLogger(CopySender.class.getName());

  private final Peers peers;
  private final CopyTaker.Store store;
  private final Map<UUID, Stream> streams = new ConcurrentHashMap<>();
  private final LongAdder uncopied = new LongAdder();
  private final LongAdder sent = new LongAdder();

  CopySender(Peers peers, CopyTaker.Store store) {
    this.peers = peers;
    this.store = store;
  }

  @Override
  public void take(int partition, byte[] bytes, int offset, int length) {
    UUID to = peers.backup(partition);
    if (to == null) {
      uncopied.increment();
    } else {
      streams.computeIfAbsent(to, Stream::new).add(bytes, offset, length);
    }
  }

  /** Records that no other member has got. */
  long uncopied() {
    return uncopied.sum();
  }

  /** Records that another member has acknowledged. */
  long sent() {
    return sent.sum();
  }

  /** Complete when nothing waits, or when the time is over. */
  CompletableFuture<Void> idle(Duration atMost) {
    List<CompletableFuture<Void>> waits = new ArrayList<>();
    streams.values().forEach(stream -> waits.add(stream.idle()));
    return CompletableFuture.allOf(waits.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Records one after the other. */
  private static final class Batch {
    private byte[] bytes = new byte[8 << 10];
    private int size;
    private int records;

    void add(byte[] from, int offset, int length) {
      if (bytes.length - size < length) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + length));
      }
      System.arraycopy(from, offset, bytes, size, length);
      size += length;
      records++;
    }

    List<StoredRun> runs() {
      List<StoredRun> runs = new ArrayList<>(records);
      for (int at = 0; at < size; at += runs.getLast().length()) {
        runs.add(StoredRun.read(bytes, at));
      }
      return runs;
    }
  }

  /** What goes to one start of one member. */
  private final class Stream {
    private final UUID to;
    private final long id = ThreadLocalRandom.current().nextLong();
    private final ArrayDeque<Batch> queue = new ArrayDeque<>();
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
    private long queuedBytes;
    private long number;
    private int tries;
    private @Nullable Batch onItsWay;
    private boolean scheduled;
    private boolean over;

    Stream(UUID to) {
      this.to = to;
    }

    synchronized void add(byte[] bytes, int offset, int length) {
      if (over) {
        uncopied.increment(); // it left between the choice and now
        return;
      }
      Batch last = queue.peekLast();
      if (last == null || last.size + length > BATCH_BYTES) {
        last = new Batch();
        queue.addLast(last);
      }
      last.add(bytes, offset, length);
      queuedBytes += length;
      while (queuedBytes > QUEUE_BYTES && queue.size() > 1) {
        Batch oldest = queue.removeFirst();
        queuedBytes -= oldest.size;
        uncopied.add(oldest.records);
      }
      if (!scheduled && onItsWay == null) {
        scheduled = true;
        SOON.execute(this::next);
      }
    }

    synchronized CompletableFuture<Void> idle() {
      CompletableFuture<Void> idle = new CompletableFuture<>();
      if (over || (queue.isEmpty() && onItsWay == null)) {
        idle.complete(null);
      } else {
        waiting.add(idle);
      }
      return idle;
    }

    private void next() {
      Batch batch;
      synchronized (this) {
        scheduled = false;
        batch = over || onItsWay != null ? null : queue.pollFirst();
        if (batch == null) {
          return;
        }
        queuedBytes -= batch.size;
        onItsWay = batch;
        number++;
        tries = 0;
      }
      send(batch);
    }

    private void send(Batch batch) {
      long of = number;
      byte[] question =
          Messages.question(
              Messages.Kind.COPIES,
              out -> {
                out.writeByte(store.code());
                out.writeLong(id);
                out.writeLong(of);
                out.writeInt(batch.records);
                out.write(batch.bytes, 0, batch.size);
              });
      var unused =
          peers
              .ask(to, question, PATIENCE)
              .whenComplete(
                  (done, failure) -> {
                    if (failure == null) {
                      arrived(batch);
                    } else {
                      failed(batch, failure);
                    }
                  });
    }

    private void arrived(Batch batch) {
      sent.add(batch.records);
      done();
    }

    private void failed(Batch batch, Throwable failure) {
      if (peers.others().stream().noneMatch(peer -> peer.id().equals(to))) {
        end(batch);
      } else if (++tries >= TRIES) {
        LOG.log(
            Logger.Level.WARNING,
            "{0} run records stay without a copy, as member {1} did not take them: {2}",
            batch.records,
            to,
            failure);
        uncopied.add(batch.records);
        done();
      } else {
        LATER.execute(() -> send(batch));
      }
    }

    private void done() {
      synchronized (this) {
        onItsWay = null;
        if (queue.isEmpty()) {
          waiting.forEach(idle -> idle.complete(null));
          waiting.clear();
        } else if (!scheduled) {
          scheduled = true;
          SOON.execute(this::next);
        }
      }
    }

    /** The member has left: what it was not sent goes elsewhere, what is on its way does not. */
    private void end(Batch lost) {
      streams.remove(to, this);
      uncopied.add(lost.records);
      List<Batch> rest;
      synchronized (this) {
        over = true;
        onItsWay = null;
        rest = List.copyOf(queue);
        queue.clear();
        waiting.forEach(idle -> idle.complete(null));
        waiting.clear();
      }
      for (Batch batch : rest) {
        for (StoredRun run : batch.runs()) {
          byte[] bytes = new byte[run.length()];
          run.write(bytes, 0);
          take(run.partition(), bytes, 0, bytes.length);
        }
      }
    }
  }
}
