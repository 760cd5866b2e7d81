package io.xcron.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What each member says of itself, known to all: one small text each, replicated once a second.
 * Asking for all of it reads this member's memory only, so a hung member delays no answer; it is
 * seen by the age of what it said last.
 */
final class ClusterFigures implements AutoCloseable {
  static final Duration ROUND = Duration.ofSeconds(1);

  private static final Logger LOG = System.getLogger(ClusterFigures.class.getName());
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MAP = "xcron.figures";

  private final HazelcastInstance instance;
  private final ReplicatedMap<UUID, String> map;
  private final Supplier<ObjectNode> own;
  private final Map<UUID, Heard> heard = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean running = true;
  private long beat;

  /** A text, and when it was new here. */
  private record Heard(String text, long nanos) {}

  /**
   * A member of the cluster.
   *
   * @param figure what it said last; empty if nothing yet
   * @param silentMillis since when it has said nothing new
   */
  record Said(Member member, ObjectNode figure, long silentMillis) {}

  ClusterFigures(HazelcastInstance instance, Supplier<ObjectNode> own) {
    this.instance = instance;
    this.map = instance.getReplicatedMap(MAP);
    this.own = own;
    this.thread = Thread.ofPlatform().name("xcron-figures").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
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
    map.put(self, own.get().put("beat", beat++).toString());
    long nanos = System.nanoTime();
    map.forEach(
        (member, text) ->
            heard.compute(
                member,
                (key, last) ->
                    last != null && last.text().equals(text) ? last : new Heard(text, nanos)));
    Set<UUID> present = members.stream().map(Member::getUuid).collect(Collectors.toSet());
    heard.keySet().retainAll(present);
    if (members.iterator().next().localMember()) {
      map.keySet().stream().filter(member -> !present.contains(member)).forEach(map::remove);
    }
  }

  /** All members, the oldest first. */
  List<Said> all() {
    Map<UUID, Heard> now = new HashMap<>(heard);
    long nanos = System.nanoTime();
    List<Said> all = new ArrayList<>();
    for (Member member : instance.getCluster().getMembers()) {
      Heard last = now.get(member.getUuid());
      all.add(
          last == null
              ? new Said(member, JSON.createObjectNode(), -1)
              : new Said(
                  member,
                  parsed(last.text()),
                  TimeUnit.NANOSECONDS.toMillis(nanos - last.nanos())));
    }
    return all;
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
