package io.xcron.node;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.instance.impl.Node;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A voter that leaves in order gives the groups that it leads to others. Hazelcast only takes it
 * off the list of voters: then nobody leads until the others miss it, and the ledger stands still
 * for longer than after a kill. This reaches into Hazelcast 5.4.0 and is confined to this class.
 */
final class RaftLeadership {
  /** Some milliseconds on a healthy network; a group that needs longer elects. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final Logger LOG = System.getLogger(RaftLeadership.class.getName());

  private final Node node;
  private final RaftService raft;

  RaftLeadership(HazelcastInstance instance) {
    node = ((HazelcastInstanceProxy) instance).getOriginal().node;
    raft = node.getNodeEngine().getService(RaftService.SERVICE_NAME);
  }

  /** Gives each group that is led here to another voter that is present; a second at most each. */
  void passOn() {
    for (RaftNode group : raft.getAllRaftNodes()) {
      if (group.getLocalMember().equals(group.getLeader())) {
        passOn(group);
      }
    }
  }

  private void passOn(RaftNode group) {
    RaftEndpoint next = next(group);
    if (next == null) {
      return;
    }
    String name = group.getGroupId().getName();
    try {
      group.transferLeadership(next).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      LOG.log(Logger.Level.INFO, "{0} leads the CP group {1} now", voter(next), name);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(
          Logger.Level.INFO,
          "the CP group {0} has to elect a leader, as {1} did not become it: {2}",
          name,
          voter(next),
          e);
    }
  }

  private @Nullable RaftEndpoint next(RaftNode group) {
    for (RaftEndpoint one : group.getAppliedMembers()) {
      CPMember voter = voter(one);
      if (!one.equals(group.getLocalMember())
          && voter != null
          && node.getClusterService().getMember(voter.getAddress()) != null) {
        return one;
      }
    }
    return null;
  }

  private @Nullable CPMember voter(RaftEndpoint endpoint) {
    return raft.getInvocationManager().getRaftInvocationContext().getCPMember(endpoint.getUuid());
  }
}
