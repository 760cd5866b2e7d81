package io.xcron.node;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.Seats;
import io.xcron.slice.LedgerProbe;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/**
 * A member of a cluster without tasks: Hazelcast as xcron starts it, the keeper of the voters, and
 * a ledger that is moved on. It says on standard output what it does, and takes commands on
 * standard input.
 */
final class ClusterProbe {
  private static final long POLL_NANOS = 50_000_000;

  private ClusterProbe() {}

  public static void main(String[] arguments) throws Exception {
    Logging.toStandardError();
    NodeConfig config = NodeConfig.load();
    ClusterMember member =
        new ClusterMember(
            config,
            (moving, admission) -> new GridLife(() -> GridConfig.of(config), moving, admission),
            (instance, ledger, figures) -> {
              LedgerProbe probe = new LedgerProbe(instance, ledger, slice -> say("slice " + slice));
              Thread thread = Thread.ofPlatform().daemon().unstarted(() -> move(probe));
              thread.start();
              return thread::interrupt;
            },
            () -> JsonNodeFactory.instance.objectNode().put("http", "none"),
            () -> Seats.NONE);
    try {
      member.start();
    } catch (ConfigurationException e) {
      System.err.println("xcron does not start: " + e.getMessage());
      System.exit(1);
    }
    say("ready");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      switch (line) {
        case "state" -> say(state(member));
        case "reset" -> say(reset(member, false));
        case "reset dead" -> say(reset(member, true));
        case "leave" -> {
          member.leave();
          say("left");
        }
        default -> say("what is " + line + "?");
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void move(LedgerProbe probe) {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        probe.step();
      } catch (IllegalStateException e) {
        say("failed " + e.getMessage());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static String state(ClusterMember member) {
    HazelcastInstance instance = member.instance();
    CpKeeper.State voters = member.voters();
    if (instance == null || voters == null) {
      return "state starting";
    }
    return "state members="
        + instance.getCluster().getMembers().size()
        + " formed="
        + voters.formed()
        + " voters="
        + voters.here(member.figures()).size()
        + " lost="
        + (voters.silentMillis(System.nanoTime()) > 3_000)
        + " leads="
        + instance.getCluster().getLocalMember().getAddress().equals(member.raftLeader())
        + " starts="
        + member.starts()
        + " heard="
        + member.figures().stream()
            .filter(said -> said.said() != null && said.said().figure().has("http"))
            .count();
  }

  private static String reset(ClusterMember member, boolean dead) {
    try {
      member.resetVoters(dead);
      return "reset done";
    } catch (IllegalStateException e) {
      return "reset refused: " + e.getMessage();
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
