package io.xcron.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.impl.NodeEngineImpl;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One stream of batches to each other member. One batch is on its way at a time, so that the order
 * stays; what comes meanwhile gathers for the next. A batch that fails is lost, and so is what
 * finds a stream full: those who miss it notice, and ask or send again. Any thread.
 */
final class MemberStreams {
  private static final int BATCH_BYTES = 1 << 20;

  private final NodeEngineImpl engine;
  private final String about;
  private final int queueBytes;
  private final Function<List<byte[]>, BatchOperation> operations;
  private final ILogger logger;
  private final Map<UUID, Stream> streams = new ConcurrentHashMap<>();

  /**
   * Streams of one kind of messages.
   *
   * @param about what they are about, for the log
   * @param queueBytes as many wait for one member at most
   * @param operations makes the operation that carries a batch
   */
  MemberStreams(
      NodeEngineImpl engine,
      String about,
      int queueBytes,
      Function<List<byte[]>, BatchOperation> operations) {
    this.engine = engine;
    this.about = about;
    this.queueBytes = queueBytes;
    this.operations = operations;
    this.logger = engine.getLogger(MemberStreams.class);
  }

  void send(UUID to, byte[] message) {
    if (!streams.containsKey(to)) {
      streams.keySet().removeIf(gone -> engine.getClusterService().getMember(gone) == null);
    }
    streams.computeIfAbsent(to, Stream::new).send(message);
  }

  /** Forgets the streams to members that are gone. */
  void keepOnly(Set<UUID> living) {
    streams.keySet().retainAll(living);
  }

  private final class Stream {
    private final UUID to;
    private final ArrayDeque<byte[]> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean onItsWay;

    /** Batches lost on end; touched by the one that is on its way. */
    private int lost;

    Stream(UUID to) {
      this.to = to;
    }

    void send(byte[] message) {
      List<byte[]> batch;
      synchronized (this) {
        if (queuedBytes + message.length > queueBytes) {
          return;
        }
        queue.add(message);
        queuedBytes += message.length;
        if (onItsWay) {
          return;
        }
        onItsWay = true;
        batch = take();
      }
      transmit(batch);
    }

    private List<byte[]> take() {
      List<byte[]> batch = new ArrayList<>(queue.size());
      int bytes = 0;
      while (!queue.isEmpty() && bytes < BATCH_BYTES) {
        byte[] message = queue.removeFirst();
        bytes += message.length;
        batch.add(message);
      }
      queuedBytes -= bytes;
      return batch;
    }

    private void transmit(List<byte[]> batch) {
      Member member = engine.getClusterService().getMember(to);
      if (member == null) {
        arrived();
        return;
      }
      var unused =
          engine
              .getOperationService()
              .createInvocationBuilder(
                  GridService.NAME, operations.apply(batch), member.getAddress())
              .setTryCount(1)
              .setAsync()
              .setCallTimeout(2_000)
              .invoke()
              .whenCompleteAsync(
                  (done, failure) -> {
                    count(failure);
                    arrived();
                  },
                  // Hazelcast's threads for responses may not invoke anything.
                  ForkJoinPool.commonPool());
    }

    private void count(@Nullable Throwable failure) {
      if (failure == null) {
        if (lost > 1) {
          logger.info(
              lost + " batches about " + about + " to " + to + " were lost; now they arrive");
        }
        lost = 0;
      } else if (++lost == 1) {
        logger.info("A batch about " + about + " to " + to + " was lost: " + failure);
      }
    }

    private void arrived() {
      List<byte[]> batch;
      synchronized (this) {
        if (engine.getClusterService().getMember(to) == null) {
          queue.clear();
          queuedBytes = 0;
        }
        if (queue.isEmpty()) {
          onItsWay = false;
          return;
        }
        batch = take();
      }
      transmit(batch);
    }
  }
}
