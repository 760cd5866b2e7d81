package io.xcron.node;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.Seats;
import io.xcron.slice.LedgerProbe;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A member of a cluster without tasks: Hazelcast as xcron starts it, the keeper of the voters, and
 * a ledger that is moved on. It says on standard output what it does, and takes commands on
 * standard input.
 */
final class ClusterProbe {
  private static final long POLL_NANOS = 50_000_000;
  private static final long READ_NANOS = 1_000_000;

  /** A thread whose step lasted longer stood still. */
  private static final long STOOD_STILL_NANOS = 2_000_000_000;

  private static final int READERS = 8;

  private static volatile @Nullable LedgerProbe reading;

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
              reading = probe;
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
        case "read" -> {
          for (int i = 0; i < READERS; i++) {
            Thread.ofPlatform().daemon().start(ClusterProbe::read);
          }
          say("reads");
        }
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

  /** Reads on and on, and says what it read first of what it asked for after it stood still. */
  private static void read() {
    long before = System.nanoTime();
    boolean stoodStill = false;
    while (true) {
      // Some readers wait here when the process is stopped, and ask at once when it goes on.
      LockSupport.parkNanos(READ_NANOS);
      long issued = System.nanoTime();
      stoodStill |= issued - before > STOOD_STILL_NANOS;
      before = issued;
      LedgerProbe probe = reading;
      try {
        long slice = probe == null ? -1 : probe.read();
        if (stoodStill && slice >= 0) {
          say("read " + slice);
          stoodStill = false;
        }
      } catch (RuntimeException e) {
        // Until another leads and is found.
      }
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
