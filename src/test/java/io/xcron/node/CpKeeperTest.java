package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.version.MemberVersion;
import io.xcron.node.ClusterFigures.MemberFigure;
import io.xcron.node.CpKeeper.Voter;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CpKeeperTest {
  private static final Address A = address(1);
  private static final Address B = address(2);
  private static final Address C = address(3);
  private static final UUID ONE = new UUID(0, 1);
  private static final UUID TWO = new UUID(0, 2);
  private static final UUID THREE = new UUID(0, 3);
  private static final UUID ANOTHER = new UUID(0, 4);
  private static final UUID YET_ANOTHER = new UUID(0, 5);
  private static final List<Voter> VOTERS = List.of(voter(ONE, A), voter(TWO, B), voter(THREE, C));

  private static Voter voter(@Nullable UUID start, Address address) {
    return new Voter(UUID.randomUUID(), start, address);
  }

  private static Address address(int port) {
    return new Address(InetAddress.getLoopbackAddress(), port);
  }

  private static MemberFigure member(UUID start, Address address) {
    Member member =
        new MemberImpl.Builder(address)
            .uuid(start)
            .version(MemberVersion.of("5.4.0"))
            .memberListJoinVersion(1)
            .build();
    return new MemberFigure(member, null);
  }

  @Test
  void aDeadVoterDoesNotCountThoughItsAddressIsHeldAgain() {
    CpKeeper.State state = new CpKeeper.State(true, VOTERS, 0);
    assertEquals(
        Set.of(ONE, THREE),
        state.here(List.of(member(ONE, A), member(ANOTHER, B), member(THREE, C))));
    assertEquals(Set.of(ONE), state.here(List.of(member(ONE, A))));
  }

  @Test
  void aMajorityThatLivesAndIsSilentIsNotReset() {
    assertFalse(CpKeeper.surelyLost(VOTERS, 3, Map.of(A, ONE, B, TWO, C, THREE)));
    assertFalse(CpKeeper.surelyLost(VOTERS, 3, Map.of(A, ONE, B, TWO, C, ANOTHER)));
  }

  @Test
  void aMajorityThatWasStartedAnewIsLost() {
    assertTrue(CpKeeper.surelyLost(VOTERS, 3, Map.of(A, ONE, B, ANOTHER, C, YET_ANOTHER)));
  }

  @Test
  void whoIsMissingMayStillVote() {
    assertFalse(CpKeeper.surelyLost(VOTERS, 3, Map.of(A, ONE, B, ANOTHER)));
    assertFalse(
        CpKeeper.surelyLost(
            List.of(voter(ONE, A), voter(null, B), voter(THREE, C)),
            3,
            Map.of(A, ONE, B, ANOTHER, C, YET_ANOTHER)));
  }
}
