package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  /** Hazelcast takes the seconds of the claim as the number of its tries. */
  @Test
  void theNextMasterAsksForLongerThanMembersNeedToNoticeTheLoss() {
    long asksForMillis = ClusterConfig.MASTER_CLAIM.toSeconds() * ClusterConfig.RETRY.toMillis();

    assertTrue(asksForMillis >= 2 * ClusterConfig.HUNG.toMillis(), "only " + asksForMillis + " ms");
  }
}
