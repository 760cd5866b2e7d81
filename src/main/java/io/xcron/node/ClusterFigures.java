package io.xcron.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What each member says of itself, known to all: one small text each, replicated twice a second.
 * Asking for all of it reads this member's memory only, so a hung member delays no answer; it is
 * seen by the age of what it said last.
 */
final class ClusterFigures implements AutoCloseable {
  /** Twice a second, as the leader of slices wants to know the others' clocks. */
  static final Duration ROUND = Duration.ofMillis(500);

  /** A busy machine holds up a few rounds; after six of them the member hangs, or its machine. */
  private static final Duration SILENT = Duration.ofSeconds(3);

  private static final Logger LOG = System.getLogger(ClusterFigures.class.getName());
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MAP = "xcron.figures";

  /** The member's monotonic clock as it said it, and how far its wall clock was ahead of that. */
  private static final String NANOS = "nanos";

  private static final String WALL_AHEAD = "wall_ahead_nanos";

  /** By member: how far its monotonic clock is ahead of the teller's at least, in nanoseconds. */
  private static final String AHEAD = "ahead";

  /** What members tell each other of their clocks. */
  static final List<String> CLOCKS = List.of(NANOS, WALL_AHEAD, AHEAD);

  private final HazelcastInstance instance;
  private final ReplicatedMap<UUID, String> map;
  private final Supplier<ObjectNode> own;
  private final Map<UUID, Said> heard = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean running = true;
  private long beat;

  /** Of so many messages, those of ten seconds, the quickest counts. */
  private static final int COMPARED = 20;

  /**
   * What a member has said.
   *
   * @param aheadNanos how far its monotonic clock was ahead of ours, less the way of the message,
   *     for each of the last messages that were heard at once
   * @param nanos when it was new here
   */
  record Said(ObjectNode figure, List<Long> aheadNanos, long nanos) {
    Said {
      aheadNanos = List.copyOf(aheadNanos);
    }

    /** Whether it is silent by now: it hangs, or its machine does. */
    boolean isOld(long nanoTime) {
      return nanoTime - nanos > SILENT.toNanos();
    }

    long beat() {
      return figure.path("beat").asLong();
    }

    /**
     * How far its wall clock is ahead of ours, null if that is not known. Only monotonic clocks are
     * compared by messages: each member knows itself how far its wall clock is from its own, so
     * that a step of either wall clock is known with the next message.
     *
     * <p>The way of a message, and every pause on it, can only make its sender's clock look further
     * behind. So the quickest of ours says how far it is ahead at least, and the quickest of those
     * that it heard from us how far at most. Of what lies between, what is nearest to no distance
     * is taken: however busy the machines are, a clock that is right is not taken for a wrong one.
     * When the two contradict each other a machine stood still, its monotonic clock with it, and
     * nothing is known until what was heard before that is forgotten.
     *
     * @param ownNanos how far our wall clock is ahead of our monotonic one
     * @param self as it calls us
     */
    @Nullable Long wallAheadMillis(long ownNanos, UUID self) {
      JsonNode heardOfUs = figure.path(AHEAD).path(self.toString());
      if (aheadNanos.isEmpty() || !heardOfUs.isIntegralNumber()) {
        return null;
      }
      long walls = figure.path(WALL_AHEAD).asLong() - ownNanos;
      long least = leastAhead() + walls;
      long most = walls - heardOfUs.asLong();
      if (least > most) {
        return null;
      }
      return Math.round((least > 0 ? least : Math.min(most, 0)) / 1e6);
    }

    /** How far its monotonic clock is ahead of ours at least. */
    private long leastAhead() {
      return Collections.max(aheadNanos);
    }

    /** This, said after another. */
    Said after(Said last) {
      List<Long> all = new ArrayList<>(last.aheadNanos);
      all.addAll(aheadNanos);
      int from = Math.max(0, all.size() - COMPARED);
      return new Said(figure, all.subList(from, all.size()), nanos);
    }
  }

  /**
   * A member of the cluster.
   *
   * @param said what it said last; null if nothing yet
   */
  record MemberFigure(Member member, @Nullable Said said) {}

  /**
   * @param own called twice a second by one thread; a new object each time
   */
  ClusterFigures(HazelcastInstance instance, Supplier<ObjectNode> own) {
    this.instance = instance;
    this.map = instance.getReplicatedMap(MAP);
    this.own = own;
    this.thread = Thread.ofPlatform().name("xcron-figures").daemon().unstarted(this::run);
  }

  void start() {
    map.addEntryListener(
        new EntryAdapter<UUID, String>() {
          @Override
          public void entryAdded(EntryEvent<UUID, String> event) {
            hear(event.getKey(), event.getValue(), true);
          }

          @Override
          public void entryUpdated(EntryEvent<UUID, String> event) {
            hear(event.getKey(), event.getValue(), true);
          }
        });
    thread.start();
  }

  private void hear(UUID member, String text, boolean atOnce) {
    long nanos = System.nanoTime();
    ObjectNode figure = parsed(text);
    List<Long> ahead = atOnce ? List.of(figure.path(NANOS).asLong() - nanos) : List.of();
    Said now = new Said(figure, ahead, nanos);
    heard.merge(member, now, (last, next) -> next.beat() > last.beat() ? next.after(last) : last);
  }

  private void run() {
    while (running) {
      try {
        round();
      } catch (RuntimeException e) {
        LOG.log(Logger.Level.DEBUG, "this member's figures are told later", e);
      }
      LockSupport.parkNanos(ROUND.toNanos());
    }
  }

  private void round() {
    Set<Member> members = instance.getCluster().getMembers();
    UUID self = instance.getCluster().getLocalMember().getUuid();
    ObjectNode figure = own.get().put("beat", ++beat);
    figure.put(WALL_AHEAD, WallClock.machine().aheadNanos());
    ObjectNode ahead = figure.putObject(AHEAD);
    heard.forEach(
        (member, said) -> {
          if (!said.aheadNanos().isEmpty()) {
            ahead.put(member.toString(), said.leastAhead());
          }
        });
    map.put(self, figure.put(NANOS, System.nanoTime()).toString());
    Set<UUID> present = members.stream().map(Member::getUuid).collect(Collectors.toSet());
    for (UUID member : present) {
      String text = heard.containsKey(member) ? null : map.get(member);
      if (text != null) {
        hear(member, text, false);
      }
    }
    heard.keySet().retainAll(present);
    if (members.iterator().next().localMember()) {
      map.keySet().stream().filter(member -> !present.contains(member)).forEach(map::remove);
    }
  }

  /** All members, the oldest first; from memory. */
  List<MemberFigure> all() {
    return instance.getCluster().getMembers().stream()
        .map(member -> new MemberFigure(member, heard.get(member.getUuid())))
        .toList();
  }

  private static ObjectNode parsed(String text) {
    try {
      return (ObjectNode) JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a member's figures cannot be read: " + text, e);
    }
  }

  @Override
  public void close() {
    running = false;
    thread.interrupt();
  }
}
