package io.xcron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.instance.impl.Node;
import io.xcron.model.Task;
import io.xcron.node.Ports;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three hosts in this process, each with a Hazelcast configuration of its own. */
class HostClusterTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int TASKS = 40;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  @TempDir Path directory;

  private final String name = "hosts-" + System.nanoTime();
  private final List<Integer> ports = new ArrayList<>();
  private final List<Host> running = new ArrayList<>();
  private final ConcurrentHashMap<String, String> ran = new ConcurrentHashMap<>();

  private record Host(XcronPrepared prepared, HazelcastInstance hazelcast, Xcron xcron) {
    void gone() {
      hazelcast.getLifecycleService().terminate();
      prepared.close();
    }
  }

  @AfterEach
  void stop() {
    running.forEach(Host::gone);
  }

  private Config config(int place) throws IOException {
    if (ports.isEmpty()) {
      ports.addAll(Ports.free(8));
    }
    Config config = new Config().setClusterName(name);
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.partition.count", "31");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.getNetworkConfig().setPort(ports.get(place)).setPortAutoIncrement(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config
        .getNetworkConfig()
        .getJoin()
        .getTcpIpConfig()
        .setEnabled(true)
        .setMembers(IntStream.range(0, 3).mapToObj(i -> "127.0.0.1:" + ports.get(i)).toList());
    return config;
  }

  private XcronSettings settings(int place) {
    return XcronSettings.in(directory.resolve("host" + place))
        .with("cluster.size", "3")
        .with("http.port", ports.get(4 + place).toString())
        .withDrain(Duration.ofSeconds(5))
        .withHandler("note", run -> ran.put(run.taskId() + "/" + run.number(), "host" + place));
  }

  /** A host whose instance has started, and whose xcron has not. */
  private record Waiting(XcronPrepared prepared, HazelcastInstance hazelcast) {}

  private Waiting waiting(int place) throws IOException {
    Config config = config(place);
    XcronPrepared prepared = Xcron.prepare(config, settings(place));
    return new Waiting(prepared, Hazelcast.newHazelcastInstance(config));
  }

  private Host started(Waiting waiting) {
    Xcron xcron = waiting.prepared().start(waiting.hazelcast());
    Host host = new Host(waiting.prepared(), waiting.hazelcast(), xcron);
    synchronized (running) {
      running.add(host);
    }
    return host;
  }

  private Host host(int place) throws IOException {
    return started(waiting(place));
  }

  /** Instances that start at the same moment agree on the oldest a few seconds later. */
  private List<Host> form() throws IOException {
    List<Waiting> waiting = List.of(waiting(0), waiting(1), waiting(2));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return waiting.stream()
          .map(host -> CompletableFuture.supplyAsync(() -> started(host), threads))
          .toList()
          .stream()
          .map(CompletableFuture::join)
          .toList();
    }
  }

  private static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not in time: " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  @Test
  void threeHostsAreOneSchedulerAndGoOnWhateverOneOfThemDoes() throws Exception {
    List<Host> hosts = form();
    assertTrue(
        hosts.getFirst().prepared().changes().contains("cp-subsystem.cp-member-count=3"),
        () -> hosts.getFirst().prepared().changes().toString());
    fireEach("a", hosts.get(0).xcron());
    for (int more = 0; more < 20 && Set.copyOf(ran.values()).size() < 3; more++) {
      fireEach("more" + more + "-", hosts.get(0).xcron());
    }
    assertEquals(3, Set.copyOf(ran.values()).size(), "each host has a share");

    strangersAreShutDown(hosts.get(0));

    HazelcastInstance hazelcast = hazelcastClient();
    try (XcronClient client = Xcron.client(hazelcast, null)) {
      fireEach("client", client);
      hostsComeAndGo(hosts, client);
    } finally {
      hazelcast.shutdown();
    }
  }

  private void hostsComeAndGo(List<Host> hosts, XcronClient client) throws Exception {
    hosts.get(1).hazelcast().shutdown();
    assertEquals("its Hazelcast instance was shut down", reason(hosts.get(1)));
    assertThrows(XcronException.class, () -> hosts.get(1).xcron().find("a1"));
    fireEach("b", client);

    Host again = host(1);
    assertTrue(again.xcron().find("a1").isPresent());
    fireEach("c", again.xcron());

    hosts.get(2).xcron().close();
    assertEquals("it was closed", reason(hosts.get(2)));
    assertTrue(hosts.get(2).hazelcast().getLifecycleService().isRunning());
    assertEquals(3, again.hazelcast().getCluster().getMembers().size());
    fireEach("d", again.xcron());
    assertTrue(
        ran.entrySet().stream()
            .noneMatch(run -> run.getKey().startsWith("d") && run.getValue().equals("host2")),
        ran::toString);
    // What it was owner of is taken over, and the instance may go at any time.
    hosts.get(2).hazelcast().shutdown();
    fireEach("e", client);
  }

  private HazelcastInstance hazelcastClient() {
    ClientConfig config = new ClientConfig().setClusterName(name);
    config.setProperty("hazelcast.logging.type", "jdk");
    config.getNetworkConfig().addAddress(members(0), members(1), members(2));
    return HazelcastClient.newHazelcastClient(config);
  }

  /** One without xcron, and one that is of another version. */
  private void strangersAreShutDown(Host host) throws IOException {
    Config plain = config(3);
    refusedToJoin(plain);
    Config other = config(3);
    try (XcronPrepared prepared =
        Xcron.prepare(
            other, settings(3).with("cluster.size", "3").with("members", members(1, 2, 3)))) {
      other.getMemberAttributeConfig().setAttribute("xcron.join", "mode raft, of the future");
      assertFalse(prepared.changes().isEmpty());
      refusedToJoin(other);
    }
    await("three are left", () -> host.hazelcast().getCluster().getMembers().size() == 3);
    fireEach("s", host.xcron());
  }

  /** It depends on which comes first: the instance does not start, or it ends by itself. */
  private static void refusedToJoin(Config config) {
    try {
      HazelcastInstance refused = Hazelcast.newHazelcastInstance(config);
      await("it is shut down", () -> !refused.getLifecycleService().isRunning());
    } catch (IllegalStateException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("Node failed to start"), e::getMessage);
    }
  }

  @Test
  void aHostOnTheSmallerSideOfASplitStopsSaysSoAndMayStartAgain() throws Exception {
    List<Host> hosts = form();
    Host cut = hosts.get(2);
    fireEach("a", cut.xcron());

    split(cut, hosts.subList(0, 2));
    fireEach("b", hosts.get(0).xcron());
    String reason = reason(cut);
    assertTrue(reason.contains("side without a majority"), reason);
    assertTrue(cut.hazelcast().getLifecycleService().isRunning(), "the instance is the host's");
    assertThrows(XcronException.class, () -> cut.xcron().find("a1"));

    cut.hazelcast().getLifecycleService().terminate();
    Host again = host(2);
    assertTrue(again.xcron().find("b1").isPresent());
    fireEach("c", again.xcron());
  }

  /** As after a cut network: each side has given up the other, though it can be reached again. */
  private static void split(Host cut, List<Host> others) {
    for (Host other : others) {
      suspect(other, cut);
      suspect(cut, other);
    }
    await("alone", () -> cut.hazelcast().getCluster().getMembers().size() == 1);
    await("two", () -> others.getFirst().hazelcast().getCluster().getMembers().size() == 2);
  }

  private static void suspect(Host host, Host gone) {
    Node node = ((HazelcastInstanceProxy) host.hazelcast()).getOriginal().node;
    Member member =
        node.getClusterService()
            .getMember(gone.hazelcast().getCluster().getLocalMember().getUuid());
    if (member != null) {
      node.getClusterService().suspectMember(member, "a test", true);
    }
  }

  @Test
  void hostsThatBringNoHazelcastStartThatOfXcron() throws Exception {
    config(0);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Xcron> three =
          IntStream.range(0, 3)
              .mapToObj(
                  place -> CompletableFuture.supplyAsync(() -> Xcron.start(own(place)), threads))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
      try {
        fireEach("o", three.get(0));
        assertTrue(three.get(2).find("o1").isPresent());
        three.get(0).close();
        fireEach("p", three.get(1));
      } finally {
        three.stream()
            .map(xcron -> CompletableFuture.runAsync(xcron::close, threads))
            .toList()
            .forEach(CompletableFuture::join);
      }
    }
  }

  private XcronSettings own(int place) {
    return settings(place)
        .withoutHttp()
        .with("cluster.name", name)
        .with("members", members(0, 1, 2))
        .with("member.port", ports.get(place).toString());
  }

  @Test
  void aHostThatRunsAloneStopsWhenAnotherJoinsItsInstance() throws Exception {
    Config config = config(0);
    Config second = config(1);
    try (XcronPrepared prepared = Xcron.prepare(config, alone(0));
        XcronPrepared joining = Xcron.prepare(second, alone(1))) {
      HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config);
      Xcron xcron = prepared.start(hazelcast);
      HazelcastInstance joined = Hazelcast.newHazelcastInstance(second);
      try {
        String reason = xcron.ended().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertTrue(reason.contains("has joined its Hazelcast instance"), reason);
        assertThrows(XcronException.class, () -> xcron.find("a"));
        IllegalStateException refused =
            assertThrows(IllegalStateException.class, () -> joining.start(joined));
        assertTrue(String.valueOf(refused.getMessage()).contains("Set cluster.size"));
      } finally {
        joined.getLifecycleService().terminate();
        hazelcast.getLifecycleService().terminate();
      }
    }
  }

  private XcronSettings alone(int place) {
    return XcronSettings.in(directory.resolve("alone" + place)).withoutHttp();
  }

  @Test
  void whatContradictsAClusterIsRefusedByNameAndNothingIsChanged() throws IOException {
    Config config = config(0);
    config.setProperty("hazelcast.max.no.heartbeat.seconds", "60");
    config.getCPSubsystemConfig().setCPMemberCount(5).setSessionTimeToLiveSeconds(20);
    config.getPartitionGroupConfig().setEnabled(true);
    String refused = refusal(config, settings(0));
    assertTrue(
        refused.contains("hazelcast.max.no.heartbeat.seconds is 60, and a member needs 5"),
        refused);
    assertTrue(refused.contains("cp-member-count is 5, and a member needs 3"), refused);
    assertTrue(refused.contains("session-time-to-live-seconds is 20"), refused);
    assertTrue(refused.contains("partition-group.enabled"), refused);
    assertEquals("60", config.getProperty("hazelcast.max.no.heartbeat.seconds"));
    assertTrue(config.getMapConfigs().isEmpty());

    Config fits = config(0);
    fits.setProperty("hazelcast.max.no.heartbeat.seconds", "5");
    fits.getCPSubsystemConfig().setCPMemberCount(3).setGroupSize(3);
    try (XcronPrepared prepared = Xcron.prepare(fits, settings(0))) {
      assertFalse(prepared.changes().toString().contains("cp-member-count"));
    }
  }

  @Test
  void theMembersAreThoseOfTheHostsConfigurationAndThisOneMustBeAmongThem() throws IOException {
    String other = refusal(config(0), settings(0).with("cluster.name", "other"));
    assertTrue(other.contains("the host's Hazelcast cluster is named " + name), other);
    String two = refusal(config(0), settings(0).with("cluster.size", "2"));
    assertTrue(two.contains("a majority of two is two"), two);
    Config unnamed = config(0);
    unnamed.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(false);
    assertTrue(refusal(unnamed, settings(0)).contains("names no member"));
    assertTrue(refusal(config(3), settings(3)).contains("must name this member too"));
  }

  private static String refusal(Config config, XcronSettings settings) {
    return String.valueOf(
        assertThrows(RuntimeException.class, () -> Xcron.prepare(config, settings).close())
            .getMessage());
  }

  private String members(int... places) {
    return Arrays.stream(places)
        .mapToObj(place -> "127.0.0.1:" + ports.get(place))
        .collect(Collectors.joining(","));
  }

  private static String reason(Host host) throws Exception {
    return host.xcron().ended().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  /** Creates tasks, some in each member's partitions, and waits until each has run once. */
  private void fireEach(String prefix, XcronTasks xcron) {
    for (int i = 0; i < TASKS; i++) {
      create(xcron, Xcron.task(prefix + i).at(Instant.now()).handler("note").build());
    }
    await(
        "each task of " + prefix + " has run",
        () -> IntStream.range(0, TASKS).allMatch(i -> ran.containsKey(prefix + i + "/1")));
  }

  /** Again while nothing is accepted, as some of the partitions are just moving. */
  private static void create(XcronTasks xcron, Task task) {
    await(
        "task " + task.id() + " is accepted",
        () -> {
          try {
            return xcron.replace(task).version() > 0;
          } catch (XcronException e) {
            if (e.reason() != XcronException.Reason.NOT_ACCEPTED
                && e.reason() != XcronException.Reason.UNKNOWN) {
              throw e;
            }
            return false;
          }
        });
  }
}
