package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.version.MemberVersion;
import io.xcron.node.ClusterFigures.MemberFigure;
import io.xcron.node.Electorate.Voter;
import io.xcron.node.Electorate.Witness;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ElectorateTest {
  private static final long SEED = 7;
  private static final Address A = address(1);
  private static final Address B = address(2);
  private static final Address C = address(3);
  private static final Address D = address(4);
  private static final UUID ONE = new UUID(0, 1);
  private static final UUID TWO = new UUID(0, 2);
  private static final UUID THREE = new UUID(0, 3);
  private static final UUID FOUR = new UUID(0, 4);
  private static final UUID NEW = new UUID(1, 1);
  private static final UUID NEWER = new UUID(1, 2);
  private static final UUID NEWEST = new UUID(1, 3);
  private static final Electorate THREE_VOTE =
      electorate(voter(ONE, A), voter(TWO, B), voter(THREE, C));

  private static Electorate electorate(Voter... voters) {
    return new Electorate(SEED, List.of(voters));
  }

  /** One that is known by its start. */
  private static Voter voter(UUID start, Address address) {
    return new Voter(id(start), start, address);
  }

  private static UUID id(UUID start) {
    return new UUID(9, start.getLeastSignificantBits());
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

  private static Witness votes(UUID start, Address address, @Nullable Electorate known) {
    return new Witness(address, start, id(start), false, known);
  }

  private static Witness started(UUID start, Address address, @Nullable Electorate known) {
    return new Witness(address, start, null, false, known);
  }

  private static boolean surelyLost(Witness... present) {
    return Electorate.surelyLost(3, List.of(present));
  }

  @Test
  void aDeadVoterDoesNotCountThoughItsAddressIsHeldAgain() {
    assertEquals(
        Set.of(ONE, THREE),
        THREE_VOTE.here(List.of(member(ONE, A), member(NEW, B), member(THREE, C))));
    assertEquals(Set.of(ONE), THREE_VOTE.here(List.of(member(ONE, A))));
  }

  @Test
  void aMajorityThatLivesAndIsSilentIsNotLost() {
    Witness one = votes(ONE, A, THREE_VOTE);
    Witness two = votes(TWO, B, THREE_VOTE);
    assertFalse(surelyLost(one, two, votes(THREE, C, THREE_VOTE)));
    assertFalse(surelyLost(one, two, started(NEW, C, null)));
    assertFalse(surelyLost(one, two, started(NEW, C, THREE_VOTE)));
  }

  @Test
  void aMajorityThatWasStartedAnewIsLost() {
    assertTrue(
        surelyLost(votes(ONE, A, THREE_VOTE), started(NEW, B, null), started(NEWER, C, null)));
  }

  @Test
  void ofStartsThatHaveAllBegunAnewOneRemembers() {
    assertTrue(
        surelyLost(started(NEW, A, null), started(NEWER, B, THREE_VOTE), started(NEWEST, C, null)));
    assertFalse(
        surelyLost(started(NEW, A, null), started(NEWER, B, null), started(NEWEST, C, null)));
  }

  @Test
  void whoIsMissingMayStillVote() {
    assertFalse(surelyLost(votes(ONE, A, THREE_VOTE), started(NEW, B, null)));
    assertFalse(
        surelyLost(votes(ONE, A, THREE_VOTE), started(NEW, B, null), started(NEWER, D, null)));
  }

  @Test
  void whoIsNotKnownByItsStartMayStillVote() {
    Electorate known = electorate(voter(ONE, A), new Voter(id(TWO), null, B), voter(THREE, C));
    Witness new2 = started(NEW, B, null);
    Witness new3 = started(NEWER, C, null);
    assertFalse(surelyLost(votes(ONE, A, known), new2, new3));
    assertTrue(surelyLost(votes(ONE, A, known), new2, started(NEWER, C, THREE_VOTE)));
  }

  @Test
  void aVoterThatNobodyIsIsDead() {
    Electorate known = electorate(voter(ONE, A), new Voter(id(TWO), null, B), voter(THREE, C));
    Witness one = votes(ONE, A, known);
    Witness new3 = started(NEWER, C, null);
    assertTrue(surelyLost(one, started(TWO, B, known), new3));
    assertFalse(surelyLost(one, new Witness(B, TWO, null, true, known), new3), "it may be itself");
    assertFalse(surelyLost(one, votes(TWO, B, known), new3));
    assertFalse(surelyLost(one, started(TWO, B, THREE_VOTE), new3), "it voted so once");
    assertFalse(surelyLost(one, started(TWO, B, null), new3), "it may be made after this was said");
  }

  @Test
  void whatIsOldIsNotBelievedAgainstWhatIsNew() {
    Electorate newer = electorate(voter(TWO, B), voter(THREE, C), voter(FOUR, D));
    Witness four = votes(FOUR, D, newer);
    Witness remembers = started(NEW, A, THREE_VOTE);
    assertFalse(
        Electorate.surelyLost(
            4, List.of(remembers, votes(TWO, B, newer), started(NEWER, C, null), four)));
    assertTrue(
        Electorate.surelyLost(
            4, List.of(remembers, started(NEWER, B, null), started(NEWEST, C, null), four)));
  }

  @Test
  void whoVotesAndDoesNotKnowWithWhomLeavesItOpen() {
    Witness new2 = started(NEW, B, null);
    Witness new3 = started(NEWER, C, null);
    assertFalse(surelyLost(votes(ONE, A, null), new2, new3));
    assertFalse(surelyLost(votes(FOUR, A, THREE_VOTE), new2, new3));
  }

  @Test
  void membersTellItEachOther() {
    Electorate some = electorate(voter(ONE, A), new Voter(id(TWO), null, B));
    ObjectNode figure = JsonNodeFactory.instance.objectNode();
    assertNull(Electorate.told(figure));
    some.tell(figure);
    assertEquals(some, Electorate.told(figure));
  }
}
