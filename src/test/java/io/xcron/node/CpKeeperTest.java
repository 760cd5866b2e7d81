package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.CPSubsystem;
import com.hazelcast.cp.CPSubsystemManagementService;
import com.hazelcast.cp.internal.CPMemberInfo;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that wants the third place among voters which are made up. */
class CpKeeperTest {
  @TempDir Path data;

  private HazelcastInstance member;
  private CpKeeper keeper;
  private final List<CPMember> voters =
      new ArrayList<>(List.of(voter(address(1)), voter(address(2))));
  private final List<CompletableFuture<Void>> promotions = new ArrayList<>();
  private @Nullable CPMember local;

  @BeforeEach
  void start() {
    member = GridLife.open(GridConfig.of(NodeConfig.local(data)));
    keeper = new CpKeeper(withVoters(), () -> 3, new VoterCount(member), List::of, null);
  }

  @AfterEach
  void stop() {
    keeper.close();
    member.getLifecycleService().terminate();
  }

  @Test
  void askedOnceItWaitsForTheAnswer() {
    keeper.round();
    keeper.round();
    assertEquals(1, promotions.size());
    CPMember self = added();
    keeper.round();
    assertEquals(1, promotions.size());
    assertEquals(self, voters.getLast(), "it may be itself");
    assertFalse(told().denies(asKnown(self)), "it may be itself");
    promotions.getFirst().completeExceptionally(new IllegalStateException("not in time"));
    assertTrue(told().denies(asKnown(self)));
  }

  /** What the others hear of it. */
  private Electorate.Witness told() {
    ObjectNode figure = JsonNodeFactory.instance.objectNode();
    keeper.tell(figure);
    ClusterFigures.Said said = new ClusterFigures.Said(figure, List.of(), 0);
    return CpKeeper.witness(
        new ClusterFigures.MemberFigure(member.getCluster().getLocalMember(), said), 0);
  }

  private static Electorate.Voter asKnown(CPMember voter) {
    return new Electorate.Voter(voter.getUuid(), null, voter.getAddress());
  }

  @Test
  void whatAFailedPromotionLeavesIsRemovedAndAskedForAgain() {
    keeper.round();
    added();
    promotions.getFirst().completeExceptionally(new IllegalStateException("not in time"));
    keeper.round();
    assertEquals(2, voters.size(), "nobody votes as the third");
    assertEquals(1, promotions.size());
    keeper.round();
    assertEquals(2, promotions.size());
    local = added();
    promotions.getLast().complete(null);
    keeper.round();
    assertEquals(3, keeper.state().voters().size());
    assertEquals(2, promotions.size());
  }

  @Test
  void whatAnEarlierStartWasIsRemovedFirst() {
    CPMember former = added();
    keeper.round();
    assertEquals(List.of(), promotions);
    assertEquals(-1, voters.indexOf(former));
    keeper.round();
    assertEquals(1, promotions.size());
  }

  /** The majority takes this member in, under a name of its own. */
  private CPMember added() {
    CPMember self = voter(member.getCluster().getLocalMember().getAddress());
    voters.add(self);
    return self;
  }

  private HazelcastInstance withVoters() {
    CPSubsystemManagementService management =
        fake(
            CPSubsystemManagementService.class,
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "isDiscoveryCompleted" -> true;
                  case "getLocalCPMember" -> local;
                  case "getCPMembers" -> CompletableFuture.completedFuture(List.copyOf(voters));
                  case "promoteToCPMember" -> {
                    promotions.add(new CompletableFuture<>());
                    yield promotions.getLast();
                  }
                  case "removeCPMember" -> {
                    assertNull(local);
                    assertNotNull(arguments);
                    voters.removeIf(voter -> voter.getUuid().equals(arguments[0]));
                    yield CompletableFuture.completedFuture(null);
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
    CPSubsystem cp =
        fake(
            CPSubsystem.class,
            (proxy, method, arguments) -> {
              assertEquals("getCPSubsystemManagementService", method.getName());
              return management;
            });
    return fake(
        HazelcastInstance.class,
        (proxy, method, arguments) ->
            method.getName().equals("getCPSubsystem") ? cp : method.invoke(member, arguments));
  }

  private static <T> T fake(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private static CPMember voter(Address address) {
    return new CPMemberInfo(UUID.randomUUID(), address);
  }

  private static Address address(int port) {
    return new Address(InetAddress.getLoopbackAddress(), port);
  }
}
