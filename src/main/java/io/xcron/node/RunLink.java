package io.xcron.node;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.MemberAttributeConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import io.xcron.grid.GridMail;
import io.xcron.grid.HazelcastGrid;
import io.xcron.target.MemberLink;
import io.xcron.target.MemberRuns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The way of runs to the other members of a cluster, for as long as the process lives; the
 * Hazelcast instance below comes and goes. What each member is called, whether it runs commands and
 * to which groups it belongs is told by its attributes, which are known as soon as the member is.
 */
final class RunLink implements MemberLink {
  private static final String NAME = "xcron.member";
  private static final String SHELL = "xcron.shell";
  private static final String GROUPS = "xcron.groups";
  private static final String AND = ",";

  private final Peer self;
  private volatile @Nullable Start start;
  private volatile @Nullable MemberRuns runs;

  private record Start(HazelcastInstance instance, GridMail mail) {}

  RunLink(NodeConfig config) {
    self = peer(config, config.memberHost() + ":" + config.memberPort());
  }

  /** What a member is for the others. */
  static Peer peer(NodeConfig config, String name) {
    return new Peer(name, config.shellEnabled(), Set.copyOf(config.groups()));
  }

  /** Tells the others what this member is; before its instance is started. */
  static void describe(Config hazelcast, NodeConfig config) {
    MemberAttributeConfig attributes = hazelcast.getMemberAttributeConfig();
    attributes.setAttribute(NAME, config.memberHost() + ":" + config.memberPort());
    attributes.setAttribute(SHELL, String.valueOf(config.shellEnabled()));
    attributes.setAttribute(GROUPS, String.join(AND, config.groups()));
  }

  @Override
  public void serve(MemberRuns serving) {
    runs = serving;
  }

  /** From now on the others are reached over this. */
  void is(HazelcastInstance instance, HazelcastGrid grid) {
    start = new Start(instance, grid.mail((from, message) -> take(instance, from, message)));
  }

  /** The instance ends: to the others this member is gone, and what it runs for them too. */
  void isGone() {
    start = null;
    MemberRuns serving = runs;
    if (serving != null) {
      serving.abandonAll();
    }
  }

  /** Takes no more work of others. */
  void takeNoMore() {
    MemberRuns serving = runs;
    if (serving != null) {
      serving.takeNoMore();
    }
  }

  /** Waits for what runs here for others; whether it has ended in time. */
  boolean drain(Duration atMost) {
    MemberRuns serving = runs;
    return serving == null || serving.drain(atMost);
  }

  private void take(HazelcastInstance instance, UUID from, byte[] message) {
    MemberRuns serving = runs;
    if (serving == null) {
      return;
    }
    for (Member member : instance.getCluster().getMembers()) {
      String name = member.getAttribute(NAME);
      if (name != null && member.getUuid().equals(from)) {
        serving.received(name, message);
      }
    }
  }

  @Override
  public Peer self() {
    return self;
  }

  @Override
  public List<Peer> members() {
    Start now = start;
    List<Peer> peers = new ArrayList<>();
    peers.add(self);
    if (now != null) {
      for (Member member : others(now)) {
        String name = member.getAttribute(NAME);
        if (name != null && !member.localMember()) {
          peers.add(
              new Peer(
                  name,
                  Boolean.parseBoolean(member.getAttribute(SHELL)),
                  groups(member.getAttribute(GROUPS))));
        }
      }
    }
    peers.sort(Comparator.comparing(Peer::name));
    return peers;
  }

  /** Those of the instance; none when it has ended and this member does not know it yet. */
  private static Set<Member> others(Start start) {
    try {
      return start.instance().getCluster().getMembers();
    } catch (HazelcastInstanceNotActiveException e) {
      return Set.of();
    }
  }

  private static Set<String> groups(@Nullable String text) {
    return text == null || text.isEmpty() ? Set.of() : Set.copyOf(List.of(text.split(AND, -1)));
  }

  @Override
  public void send(String to, byte[] message) {
    Start now = start;
    if (now == null) {
      return;
    }
    for (Member member : others(now)) {
      if (to.equals(member.getAttribute(NAME)) && !member.localMember()) {
        now.mail().send(member.getUuid(), message);
      }
    }
  }
}
