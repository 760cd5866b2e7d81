package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three processes that form a cluster, vote, and move a ledger on, while faults befall them. */
class ClusterMemberTest {
  /** Lines that a failure shows of what a member has said. */
  private static final int LAST_WORDS = 10;

  @TempDir Path directory;

  private final List<Integer> ports = Ports.free(3);
  private final List<ProbeProcess> members = new ArrayList<>();

  @AfterEach
  void stop() {
    members.forEach(ProbeProcess::close);
  }

  @Test
  void theLedgerMovesOnWhenAVoterIsKilledAndARestartedOneVotesAgain() throws Exception {
    form();

    ProbeProcess killed = leader();
    long gap = gap(killed, killed::kill);
    System.out.println("ledger stood still after kill -9 of the Raft leader: " + gap + " ms");
    int place = members.indexOf(killed);
    members.set(place, launch(place, Map.of()));
    for (ProbeProcess member : members) {
      member.awaitState(40, state -> state.contains("members=3") && state.contains("voters=3"));
    }
  }

  @Test
  void theLedgerMovesOnWhenAVoterHangs() throws Exception {
    form();

    ProbeProcess hung = leader();
    long gap = gap(hung, hung::hang);
    System.out.println("ledger stood still after SIGSTOP of the Raft leader: " + gap + " ms");
    assertTrue(gap < 5_000, "the hung leader was asked on and on: " + gap + " ms");
    hung.goOn();
    for (ProbeProcess member : members) {
      member.awaitState(60, state -> state.contains("members=3") && state.contains("voters=3"));
    }
  }

  /** What the voters answered before it stood still lies in its sockets then. */
  @Test
  void aLeaderThatStoodStillReadsNothingThatIsOver() throws Exception {
    form();
    ProbeProcess hung = leader();
    hung.ask("read");
    ToIntFunction<ProbeProcess> from = marks();
    hung.hang();
    for (ProbeProcess member : members) {
      if (member != hung) {
        member.awaitState(30, state -> state.contains("members=2"));
      }
    }
    awaitMoves(40);
    long known =
        members.stream()
            .flatMap(member -> moves(member, 0).stream())
            .mapToLong(said -> slice(said, "slice "))
            .max()
            .orElseThrow();
    hung.goOn();
    ProbeProcess.awaitAny("it has read", 90, () -> !read(hung, from).isEmpty());
    assertTrue(
        read(hung, from).stream().allMatch(slice -> slice >= known),
        () -> known + " was, and it has read " + read(hung, from));
  }

  private static List<Long> read(ProbeProcess member, ToIntFunction<ProbeProcess> from) {
    return member.since(from.applyAsInt(member)).stream()
        .filter(said -> said.line().startsWith("read "))
        .map(said -> slice(said, "read "))
        .toList();
  }

  private static long slice(ProbeProcess.Said said, String word) {
    return Long.parseLong(said.line().substring(word.length()));
  }

  @Test
  void aMajorityThatWasKilledAndRestartedStartsVotingAnewByItself() throws Exception {
    form();
    ProbeProcess survivor = members.get(0);
    members.get(1).kill();
    members.get(2).kill();
    survivor.awaitState(30, state -> state.contains("members=1") && state.contains("lost=true"));
    String refused = survivor.ask("reset dead");
    assertTrue(refused.contains("refused"), refused);

    members.set(1, launch(1, Map.of()));
    members.set(2, launch(2, Map.of()));
    for (ProbeProcess member : members) {
      member.awaitState(60, state -> state.contains("voters=3") && state.contains("lost=false"));
    }
    awaitMoves(40);
    assertTrue(survivor.ask("state").contains("starts=1"), "the survivor keeps its memory");
    assertTrue(survivor.ask("reset dead").contains("nothing is lost"));
  }

  @Test
  void aMemberThatLeavesInOrderResignsAsAVoterAtOnce() throws Exception {
    form();
    ProbeProcess leaving = leader();
    long gap =
        gap(
            leaving,
            () -> {
              try {
                leaving.ask("leave");
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    System.out.println(
        "ledger stood still after an orderly leave of the Raft leader: " + gap + " ms");
    assertTrue(leaving.log().contains(" leads the CP group default now"), leaving::log);
    for (ProbeProcess member : members) {
      if (member != leaving) {
        member.awaitState(20, state -> state.contains("members=2") && state.contains("voters=2"));
      }
    }
  }

  @Test
  void membersOfAnotherNameOrPartitionCountNeverJoinAndSayWhy() throws Exception {
    form();
    List<Integer> more = Ports.free(2);
    Map<String, String> seeds =
        Map.of(
            "XCRON_MEMBERS",
            "127.0.0.1:" + ports.getFirst() + ",127.0.0.1:" + more.get(0),
            "XCRON_CLUSTER_SIZE",
            "3",
            "XCRON_MEMBER_PORT",
            more.get(0).toString());
    Map<String, String> named = new HashMap<>(seeds);
    named.put("XCRON_CLUSTER_NAME", "other");
    try (ProbeProcess other = launch(0, directory, named)) {
      assertEquals(1, other.exitCode(60));
      assertTrue(other.log().contains("does not belong to a cluster named other"), other::log);
    }
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.writeString(
        elsewhere.resolve("hazelcast.yaml"),
        "hazelcast:\n  properties:\n    hazelcast.partition.count: \"37\"\n");
    try (ProbeProcess other = launch(0, elsewhere, seeds)) {
      assertEquals(1, other.exitCode(60));
      assertTrue(
          other.log().contains("Incompatible partition count")
              && other.log().contains("not let into"),
          other::log);
    }
    try (MemberProcess alone =
        MemberProcess.start(
            directory.resolve("alone"), Map.of("XCRON_MEMBER_PORT", more.get(1).toString()))) {
      Map<String, String> lone = new HashMap<>(seeds);
      lone.put("XCRON_MEMBERS", "127.0.0.1:" + more.get(1) + ",127.0.0.1:" + more.get(0));
      try (ProbeProcess other = launch(0, directory, lone)) {
        assertEquals(1, other.exitCode(60));
        assertTrue(other.log().contains("Incompatible joiners"), other::log);
      }
      assertEquals(200, alone.get("/health/ready").status());
    }
    for (ProbeProcess member : members) {
      assertTrue(member.ask("state").contains("members=3"), member.ask("state"));
    }
  }

  private void form() throws Exception {
    for (int i = 0; i < 3; i++) {
      members.add(launch(i, Map.of()));
    }
    awaitFormed();
  }

  private void awaitFormed() throws Exception {
    for (ProbeProcess member : members) {
      member.await("the start", 0, 40, "ready"::equals);
    }
    for (ProbeProcess member : members) {
      member.awaitState(40, state -> state.contains("members=3") && state.contains("voters=3"));
    }
    awaitMoves(40);
  }

  private ProbeProcess launch(int i, Map<String, String> more) throws IOException {
    return launch(i, directory, more);
  }

  private ProbeProcess launch(int i, Path where, Map<String, String> more) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put(
        "XCRON_MEMBERS",
        ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")));
    environment.put("XCRON_MEMBER_PORT", ports.get(i).toString());
    environment.putAll(more);
    return ProbeProcess.launch(where, environment);
  }

  /** The voter that leads, as it says itself. */
  private ProbeProcess leader() throws Exception {
    for (int round = 0; round < 100; round++) {
      for (ProbeProcess member : members) {
        if (member.ask("state").contains("leads=true")) {
          return member;
        }
      }
    }
    throw new AssertionError("no voter says that it leads");
  }

  private void awaitMoves(long seconds) throws InterruptedException {
    ToIntFunction<ProbeProcess> from = marks();
    try {
      ProbeProcess.awaitAny(
          "slices are moved",
          seconds,
          () ->
              members.stream()
                  .anyMatch(member -> moves(member, from.applyAsInt(member)).size() > 20));
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; they said\n" + lastWords(from), e);
    }
  }

  /** What each has said since a mark, the last lines of it, and its log. */
  private String lastWords(ToIntFunction<ProbeProcess> from) {
    return members.stream()
        .map(
            member -> {
              List<ProbeProcess.Said> said = member.since(from.applyAsInt(member));
              return said.subList(Math.max(0, said.size() - LAST_WORDS), said.size())
                  + "\n"
                  + member.logTail();
            })
        .collect(Collectors.joining("\n"));
  }

  private ToIntFunction<ProbeProcess> marks() {
    Map<ProbeProcess, Integer> marks = new HashMap<>();
    members.forEach(member -> marks.put(member, member.count()));
    return member -> Objects.requireNonNull(marks.get(member));
  }

  private static List<ProbeProcess.Said> moves(ProbeProcess member, int from) {
    return member.since(from).stream().filter(said -> said.line().startsWith("slice")).toList();
  }

  /** How long no slice was moved by any of the others, from just before the fault. */
  private long gap(ProbeProcess faulty, Runnable fault) throws InterruptedException {
    List<ProbeProcess> others = members.stream().filter(member -> member != faulty).toList();
    ToIntFunction<ProbeProcess> from = marks();
    long before = System.nanoTime();
    fault.run();
    ProbeProcess.awaitAny(
        "another moves the ledger on",
        20,
        () ->
            others.stream().anyMatch(member -> !moves(member, from.applyAsInt(member)).isEmpty()));
    return others.stream()
        .flatMap(member -> moves(member, from.applyAsInt(member)).stream())
        .mapToLong(said -> TimeUnit.NANOSECONDS.toMillis(said.nanos() - before))
        .min()
        .orElseThrow();
  }
}
