package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Splits of the network between three processes, each in a network namespace of its own. */
class SplitTest {
  @TempDir Path directory;

  private final List<ProbeProcess> members = new ArrayList<>();
  private NetworkNamespaces network;

  @BeforeEach
  void start() throws Exception {
    String missing = NetworkNamespaces.missing();
    Assumptions.assumeTrue(missing == null, "no split was tried: " + missing);
    network = new NetworkNamespaces(3);
    for (int i = 0; i < 3; i++) {
      members.add(
          ProbeProcess.launch(
              directory,
              network.enter(i),
              List.of(),
              Map.of(
                  "XCRON_MEMBERS", network.members(5701),
                  "XCRON_MEMBER_HOST", network.address(i),
                  "XCRON_MEMBER_PORT", "5701")));
    }
    for (ProbeProcess member : members) {
      member.await("the start", 0, 40, "ready"::equals);
      member.awaitState(40, SplitTest::whole);
    }
  }

  @AfterEach
  void stop() {
    members.forEach(ProbeProcess::close);
    if (network != null) {
      network.close();
    }
  }

  @Test
  void aMemberThatWasCutOffMovesNothingAndJoinsAnewWhenTheSplitHeals() throws Exception {
    network.cut(0);
    members.get(1).awaitState(20, state -> state.contains("members=2"));
    members.get(2).awaitState(20, state -> state.contains("members=2"));
    int cutOff = members.get(0).count();
    long from = members.get(1).slices() + members.get(2).slices();
    ProbeProcess.awaitAny(
        "the majority goes on",
        20,
        () -> members.get(1).slices() + members.get(2).slices() > from + 60);
    assertTrue(
        members.get(0).since(cutOff).stream().noneMatch(said -> said.line().startsWith("slice")),
        "a member without a majority has moved the ledger");

    long healed = System.nanoTime();
    network.heal(0);
    for (ProbeProcess member : members.reversed()) {
      member.awaitState(60, SplitTest::whole);
    }
    System.out.println(
        "whole again after "
            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed)
            + " ms from the healing");
    assertTrue(members.get(0).ask("state").contains("starts=2"), members.get(0).ask("state"));
    assertTrue(members.get(1).ask("state").contains("starts=1"), members.get(1).ask("state"));
  }

  @Test
  void whenNoSideHadAMajorityTheClusterFormsAnewByItself() throws Exception {
    for (int i = 0; i < 3; i++) {
      network.cut(i);
    }
    for (ProbeProcess member : members) {
      member.awaitState(30, state -> state.contains("members=1") && state.contains("lost=true"));
    }
    for (int i = 0; i < 3; i++) {
      network.heal(i);
    }
    for (ProbeProcess member : members) {
      member.awaitState(120, state -> whole(state) && state.contains("lost=false"));
    }
    long from = members.stream().mapToLong(ProbeProcess::slices).sum();
    ProbeProcess.awaitAny(
        "the ledger moves again",
        40,
        () -> members.stream().mapToLong(ProbeProcess::slices).sum() > from + 60);
  }

  private static boolean whole(String state) {
    return state.contains("members=3") && state.contains("voters=3");
  }
}
