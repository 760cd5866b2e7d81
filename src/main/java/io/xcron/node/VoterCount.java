package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import java.lang.System.Logger;
import java.util.List;

/**
 * With how many voters this member's CP Subsystem reckons. Hazelcast takes that from each member's
 * own configuration, and a member that becomes a voter later reads the beginning of the log by it:
 * one that was started for another size would take the beginning for a failure. So each adopts the
 * number with which the voters were found, before it may vote; and after the majority is lost, when
 * nobody reads the old log any more, all go over to the number of the present size, so that a reset
 * can find so many. This reaches into Hazelcast 5.4.0 and is confined to this class.
 *
 * <p>One thread uses it, but for {@link #tell}.
 */
final class VoterCount {
  private static final String FOUND = "found";
  private static final String SEED = "found_seed";
  private static final long UNKNOWN = -1;
  private static final Logger LOG = System.getLogger(VoterCount.class.getName());

  private final RaftService raft;

  /** The seed of the voters that were found with {@link #found}; another one after a reset. */
  private volatile long seed = UNKNOWN;

  private volatile int found;

  VoterCount(HazelcastInstance instance) {
    this.raft =
        ((HazelcastInstanceProxy) instance)
            .getOriginal()
            .node
            .getNodeEngine()
            .getService(RaftService.SERVICE_NAME);
  }

  /** Adds to what a member tells of the voters what others have to adopt. */
  void tell(ObjectNode voting) {
    if (seed != UNKNOWN) {
      voting.put(FOUND, found).put(SEED, seed);
    }
  }

  /** Tells the CP Subsystem of this moment from that before a reset. */
  long seed() {
    return raft.getMetadataGroupId().getSeed();
  }

  /**
   * The majority answers: whether this member reckons as it does, and so may become a voter.
   *
   * @param oldest whether this member is the oldest, which was there when the voters were found
   * @param figures what the members say of themselves
   */
  boolean agrees(boolean oldest, List<ClusterFigures.MemberFigure> figures) {
    long present = seed();
    if (seed != present) {
      for (ClusterFigures.MemberFigure one : figures) {
        JsonNode told = CpKeeper.told(one);
        if (told.path(SEED).asLong(UNKNOWN) == present) {
          found = told.path(FOUND).asInt();
          seed = present;
        }
      }
      if (seed != present && oldest) {
        found = raft.getConfig().getCPMemberCount();
        seed = present;
      }
    }
    if (seed != present) {
      return false;
    }
    reckonWith(found);
    return true;
  }

  /** The majority is silent for so long that it may be reset to as many voters. */
  void reckonWith(int voters) {
    if (raft.getConfig().getCPMemberCount() != voters) {
      LOG.log(Logger.Level.INFO, "this member reckons with {0} voters now", voters);
      // A group may not be larger than the members of CP, at no moment.
      boolean more = voters > raft.getConfig().getCPMemberCount();
      if (more) {
        raft.getConfig().setCPMemberCount(voters).setGroupSize(voters);
      } else {
        raft.getConfig().setGroupSize(voters).setCPMemberCount(voters);
      }
    }
  }
}
