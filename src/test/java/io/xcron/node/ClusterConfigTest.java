package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.spi.properties.HazelcastProperty;
import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  /** Hazelcast ignores a property that it does not know. */
  @Test
  void readsBesideTheLogAreSwitchedOffUnderTheNameThatHazelcastReads() throws Exception {
    Field property =
        Class.forName("com.hazelcast.cp.internal.NodeEngineRaftIntegration")
            .getField("RAFT_LINEARIZABLE_READ_OPTIMIZATION_ENABLED");
    property.setAccessible(true);

    String name = ((HazelcastProperty) property.get(null)).getName();

    assertEquals("false", ClusterConfig.properties().get(name));
  }

  /** Hazelcast takes the seconds of the claim as the number of its tries. */
  @Test
  void theNextMasterAsksForLongerThanMembersNeedToNoticeTheLoss() {
    long asksForMillis = ClusterConfig.MASTER_CLAIM.toSeconds() * ClusterConfig.RETRY.toMillis();

    assertTrue(asksForMillis >= 2 * ClusterConfig.HUNG.toMillis(), "only " + asksForMillis + " ms");
  }
}
