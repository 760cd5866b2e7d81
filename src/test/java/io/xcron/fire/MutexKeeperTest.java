package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.slice.CpMutexStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Keepers of three members whose mutexes lie in a real CP Subsystem, in one process. */
class MutexKeeperTest {
  private static final int MEMBERS = 3;
  private static final int CLAIMS = 60;

  /** How long a claim is held, so that two at a time would meet. */
  private static final long RUN_NANOS = 1_000_000;

  private static final Time TIME =
      new Time() {
        @Override
        public long nowMillis() {
          return System.currentTimeMillis();
        }

        @Override
        public long nanoTime() {
          return System.nanoTime();
        }
      };

  private static final class NoGrid extends UnsupportedGrid {
    @Override
    public CompletableFuture<Change.Applied> write(String id, Change change) {
      throw new AssertionError("mutexes write nothing to the grid");
    }

    @Override
    public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** A mutex, and who is in it. */
  private static final class Room {
    final AtomicLong within = new AtomicLong();
    final AtomicLong most = new AtomicLong();
    final List<Long> tokens = new ArrayList<>();
  }

  private static List<Integer> freePorts() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket one = new ServerSocket(0, 1, loopback);
        ServerSocket two = new ServerSocket(0, 1, loopback);
        ServerSocket three = new ServerSocket(0, 1, loopback)) {
      return List.of(one.getLocalPort(), two.getLocalPort(), three.getLocalPort());
    }
  }

  private static Config config(String cluster, int place, List<Integer> ports) {
    Config config = new Config();
    config.setClusterName(cluster);
    config.setProperty("hazelcast.logging.type", "none");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.initial.min.cluster.size", "1");
    config.getJetConfig().setEnabled(false);
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(ports.get(place)).setPortAutoIncrement(false).setPublicAddress("127.0.0.1");
    network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(true);
    ports.forEach(port -> join.getTcpIpConfig().addMember("127.0.0.1:" + port));
    config.getCPSubsystemConfig().setCPMemberCount(MEMBERS).setGroupSize(MEMBERS);
    return config;
  }

  @Test
  void membersTakeTurnsInARealCpSubsystem() throws Exception {
    List<HazelcastInstance> instances = new ArrayList<>();
    List<MutexKeeper> keepers = new ArrayList<>();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      String cluster = "mutexes-" + UUID.randomUUID();
      List<Integer> ports = freePorts();
      List<CompletableFuture<HazelcastInstance>> starting = new ArrayList<>();
      for (int i = 0; i < MEMBERS; i++) {
        Config config = config(cluster, i, ports);
        starting.add(
            CompletableFuture.supplyAsync(() -> Hazelcast.newHazelcastInstance(config), threads));
      }
      starting.forEach(start -> instances.add(start.join()));
      for (HazelcastInstance instance : instances) {
        assertTrue(
            instance
                .getCPSubsystem()
                .getCPSubsystemManagementService()
                .awaitUntilDiscoveryCompleted(60, TimeUnit.SECONDS));
        MutexKeeper keeper =
            new MutexKeeper(
                new CpMutexStore(instance),
                partition -> new Grant(partition, 7, 1, Long.MAX_VALUE),
                partition -> null,
                new NoGrid(),
                TIME);
        keepers.add(keeper);
        keeper.start();
      }
      takeTurns(keepers, threads);
    } finally {
      keepers.forEach(MutexKeeper::close);
      instances.forEach(instance -> instance.getLifecycleService().terminate());
      threads.shutdownNow();
    }
  }

  private static void takeTurns(List<MutexKeeper> keepers, ExecutorService threads)
      throws InterruptedException {
    List<Room> rooms = List.of(new Room(), new Room(), new Room());
    CountDownLatch left = new CountDownLatch(CLAIMS);
    long began = System.nanoTime();
    for (int i = 0; i < CLAIMS; i++) {
      int number = i;
      MutexKeeper keeper = keepers.get(i % MEMBERS);
      Room room = rooms.get(i % 7 % 3);
      CompletableFuture<MutexClaim> held = new CompletableFuture<>();
      MutexClaim[] made = new MutexClaim[1];
      made[0] =
          new MutexClaim(
              "m" + (i % 7 % 3), "t" + number, 1, 1, i % MEMBERS, 1, () -> held.complete(made[0]));
      var unused =
          held.thenAcceptAsync(
              claim -> {
                room.most.accumulateAndGet(room.within.incrementAndGet(), Math::max);
                synchronized (room) {
                  room.tokens.add(claim.token());
                }
                LockSupport.parkNanos(RUN_NANOS);
                room.within.decrementAndGet();
                keeper.release(claim);
                left.countDown();
              },
              threads);
      keeper.want(made[0]);
    }
    assertTrue(
        left.await(60, TimeUnit.SECONDS), "only " + (CLAIMS - left.getCount()) + " were held");
    System.out.println(
        CLAIMS + " turns took " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) + " ms");
    for (Room room : rooms) {
      assertEquals(1, room.most.get(), "held by so many at once");
      for (int i = 1; i < room.tokens.size(); i++) {
        assertTrue(room.tokens.get(i) > room.tokens.get(i - 1), room.tokens.toString());
      }
    }
  }
}
