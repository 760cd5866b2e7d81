package io.xcron.node;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Heals a split: a member on the side without a majority of the voters, that hears again of a
 * member which is not on its side, starts its instance again, joins as a new member, and recovers
 * through its journal. What it has in memory was never acted upon since it lost its grants.
 *
 * <p>Hazelcast's own merge is not used: it chooses by the number of members and not by the
 * majority, and lets entries through that no owner has written.
 *
 * <p>When no side has a majority, as after a failure of the whole network, all sides do the same,
 * and the last that stays finds every voter restarted; then {@link CpKeeper} lets the CP Subsystem
 * start anew, and the ledger is made again from the journals. Before the first voters were found,
 * the side with more than half of the configured members stays.
 */
final class SplitWatch implements AutoCloseable {
  /** How long a side must be without a majority. Shorter gives up a side during an election. */
  static final Duration ALONE = Duration.ofSeconds(10);

  private static final Duration ROUND = Duration.ofSeconds(2);
  private static final Duration KNOCK = Duration.ofMillis(500);

  /** What a member of Hazelcast says first to another, and is answered with. */
  private static final byte[] HELLO = "HZC".getBytes(StandardCharsets.US_ASCII);

  private static final Logger LOG = System.getLogger(SplitWatch.class.getName());

  private final HazelcastInstance instance;
  private final CpKeeper voters;
  private final List<InetSocketAddress> configured;
  private final IntSupplier size;
  private final Consumer<String> restart;
  private final Set<InetSocketAddress> known = new HashSet<>();
  private final Thread thread;
  private volatile boolean running = true;

  /**
   * @param configured looked up anew in each round; members that came later are known from when
   *     they were here
   * @param size how many members there shall be; it may change
   * @param restart is told the reason
   */
  SplitWatch(
      HazelcastInstance instance,
      CpKeeper voters,
      List<InetSocketAddress> configured,
      IntSupplier size,
      Consumer<String> restart) {
    this.instance = instance;
    this.voters = voters;
    this.configured = List.copyOf(configured);
    this.size = size;
    this.restart = restart;
    this.thread = Thread.ofPlatform().name("xcron-split").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (running) {
      try {
        round();
      } catch (RuntimeException e) {
        LOG.log(Logger.Level.DEBUG, "the other sides could not be looked for", e);
      }
      LockSupport.parkNanos(ROUND.toNanos());
    }
  }

  private void round() {
    CpKeeper.State state = voters.state();
    Set<Member> side = instance.getCluster().getMembers();
    Set<InetSocketAddress> ours = side.stream().map(SplitWatch::socket).collect(Collectors.toSet());
    if (state.silentMillis(System.nanoTime()) < ROUND.toMillis()) {
      // So those that left in order, and those that were lost for good, are not knocked at.
      known.clear();
      known.addAll(ours);
    }
    boolean waitsForOthers = !state.formed() && side.size() * 2 > size.getAsInt();
    if (state.silentMillis(System.nanoTime()) < ALONE.toMillis() || waitsForOthers) {
      return;
    }
    Stream.concat(configured.stream().map(ClusterMembers::resolved), known.stream())
        .filter(address -> !ours.contains(address) && lives(address))
        .findFirst()
        .ifPresent(
            other ->
                restart.accept(
                    "it is on a side without a majority, and the member at "
                        + other
                        + " can be reached again"));
  }

  private static InetSocketAddress socket(Member member) {
    Address address = member.getAddress();
    return new InetSocketAddress(address.getHost(), address.getPort());
  }

  /**
   * Whether a member of Hazelcast answers there. That a connection is taken proves nothing: the
   * kernel takes those of a process that hangs.
   */
  static boolean lives(InetSocketAddress address) {
    int timeout = (int) KNOCK.toMillis();
    try (Socket socket = new Socket()) {
      socket.connect(address, timeout);
      socket.setSoTimeout(timeout);
      OutputStream out = socket.getOutputStream();
      out.write(HELLO);
      out.flush();
      return Arrays.equals(socket.getInputStream().readNBytes(HELLO.length), HELLO);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    running = false;
    thread.interrupt();
  }
}
