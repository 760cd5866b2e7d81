package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A storm of creates and deletes through three members that now and then do not hear each other,
 * while clients and receiver hear them all; a program for {@link SplitTest}, as it must run in the
 * namespace of the watcher. Ends with 0 when all promises were kept.
 */
final class SplitStory {
  static final int MEMBERS = 3;
  static final String NETWORK = "xcron.split.network";

  /** What a build has time for. */
  static final int FEW_ROUNDS = 3;

  /** By when a member without a majority takes nothing and starts nothing. */
  private static final long STOPPED_MILLIS = 1_000;

  /** What an attempt may need from its last check to the receiver, on a machine that is busy. */
  private static final long ON_ITS_WAY_MILLIS = 500;

  /** Long enough for the others to remove it, which they do after five seconds. */
  private static final long CUT_MILLIS = 9_000;

  private static final long SERVES_AGAIN_SECONDS = 30;

  /** Where nobody had a majority the voters start anew, which takes its time. */
  private static final long WHOLE_SECONDS = 150;

  private final long seed = Long.getLong("xcron.seed", 0);
  private final Random random = new Random(seed);
  private final NetworkNamespaces network;
  private final MemberCluster cluster;
  private final CallbackSink sink;
  private final Books books;

  /** How the members do not hear each other. */
  private enum Split {
    /** The leader of the slices is cut off from both others. */
    LEADER_ALONE,
    /** What one says is lost. */
    MUTE,
    /** What is said to one is lost. */
    DEAF,
    /** Two lose what they say to each other; the third hears both. */
    PAIR,
    /** Nobody hears anybody, until each takes the others for dead. */
    ALL,
    /** Each way is lost and found again many times. */
    FLAPPING
  }

  private SplitStory(NetworkNamespaces network, MemberCluster cluster, CallbackSink sink) {
    this.network = network;
    this.cluster = cluster;
    this.sink = sink;
    this.books = new Books(seed, sink);
  }

  public static void main(String[] arguments) throws Exception {
    NetworkNamespaces network = NetworkNamespaces.madeBefore(System.getProperty(NETWORK), MEMBERS);
    Path directory = Files.createDirectories(Path.of(System.getenv("XCRON_DATA_DIR")));
    try (CallbackSink sink = new CallbackSink(NetworkNamespaces.WATCHER);
        MemberCluster cluster =
            new MemberCluster(directory, MEMBERS, Map.of(), network::enter)
                .of(Main.class, member -> settings(network, member))) {
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
      cluster.start();
      new SplitStory(network, cluster, sink).tell();
    }
  }

  private static Map<String, String> settings(NetworkNamespaces network, int member) {
    return Map.of(
        "XCRON_MEMBERS", network.members(5701),
        "XCRON_MEMBER_HOST", network.address(member),
        "XCRON_MEMBER_PORT", "5701",
        "XCRON_HTTP_HOST", network.watched(member),
        "XCRON_ALLOW_ANONYMOUS", "true");
  }

  private void tell() throws Exception {
    List<Split> partly = List.of(Split.MUTE, Split.DEAF, Split.PAIR, Split.FLAPPING);
    List<Split> first = List.of(Split.LEADER_ALONE, partly.get(random.nextInt(4)), Split.ALL);
    int rounds = Integer.getInteger("xcron.split.rounds", FEW_ROUNDS);
    System.out.println("splits, seed " + seed);
    cluster.awaitWhole();
    Storm storm = Storm.hard(cluster, books, random);
    try {
      for (int round = 0; round < rounds; round++) {
        Storm.pause(1_000);
        befall(
            round < first.size()
                ? first.get(round)
                : Split.values()[random.nextInt(Split.values().length)]);
      }
    } finally {
      storm.end();
    }
    storm.balance(sink);
  }

  private void befall(Split split) throws Exception {
    int one = random.nextInt(MEMBERS);
    int other = (one + 1) % MEMBERS;
    int third = (one + 2) % MEMBERS;
    switch (split) {
      case LEADER_ALONE -> leaderAlone();
      case MUTE -> lost(new int[][] {{one, other}, {one, third}});
      case DEAF -> lost(new int[][] {{other, one}, {third, one}});
      case PAIR -> lost(new int[][] {{one, other}, {other, one}});
      case ALL -> all();
      case FLAPPING -> flapping();
    }
    long healed = System.nanoTime();
    cluster.awaitWhole(WHOLE_SECONDS);
    System.out.println(
        split
            + " of "
            + one
            + ": whole "
            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed)
            + " ms after the healing");
  }

  private void leaderAlone() throws Exception {
    int leader = leader();
    network.cut(leader);
    long cut = System.currentTimeMillis();
    Storm.pause(STOPPED_MILLIS);
    while (System.currentTimeMillis() < cut + CUT_MILLIS) {
      refused(leader);
    }
    long healed = System.currentTimeMillis();
    network.heal(leader);
    for (CallbackSink.Callback callback : sink.callbacks()) {
      assertTrue(
          !callback.from().equals(network.watched(leader))
              || callback.arrivedMillis() <= cut + STOPPED_MILLIS + ON_ITS_WAY_MILLIS
              || callback.arrivedMillis() >= healed,
          () -> "fired by one that was cut off at " + cut + ": " + callback);
    }
    String id = "goes-on-" + cut;
    taken((leader + 1) % MEMBERS, id);
    sink.await(
        "the majority fires",
        10,
        () -> sink.callbacks().stream().anyMatch(callback -> callback.taskId().equals(id)));
    cluster.awaitWhole(SERVES_AGAIN_SECONDS);
    taken(leader, "serves-again-" + cut);
    sink.await(
        "what was cut off fires again",
        SERVES_AGAIN_SECONDS,
        () ->
            sink.callbacks().stream()
                .anyMatch(
                    callback ->
                        callback.arrivedMillis() > healed
                            && callback.from().equals(network.watched(leader))));
  }

  private int leader() throws IOException, InterruptedException {
    for (int i = 0; i < MEMBERS; i++) {
      for (var shown : cluster.member(i).get("/api/v1/cluster").json().path("members")) {
        if (shown.path("slice_leader").asBoolean()) {
          String address = shown.path("address").asText();
          for (int j = 0; j < MEMBERS; j++) {
            if (address.startsWith(network.address(j) + ":")) {
              return j;
            }
          }
        }
      }
    }
    throw new AssertionError("no member leads the slices");
  }

  /** What begins now is refused, by either API, and in time. */
  private void refused(int member) throws IOException, InterruptedException {
    long began = System.currentTimeMillis();
    String due = String.valueOf(began + 3_600_000);
    MemberProcess.Answer answer =
        cluster
            .member(member)
            .call(
                "POST",
                "/api/v1/tasks",
                "{\"schedule\":{\"at\":%s},\"target\":{\"http\":{\"url\":\"%s\"}}}"
                    .formatted(due, sink.url("/never")));
    assertEquals(503, answer.status(), answer::toString);
    assertEquals("not-accepted", answer.json().path("code").asText(), answer::toString);
    MemberProcess.Answer old =
        cluster
            .member(member)
            .call(
                "POST",
                "/xcron/createTask",
                "{\"type\":1,\"format\":\"0 1 * * *\",\"callback\":{\"url\":\"%s\"}}"
                    .formatted(sink.url("/never")));
    assertEquals(1007, old.json().path("code").asInt(), old::toString);
    MemberProcess.Answer list = cluster.member(member).get("/api/v1/tasks");
    assertEquals(503, list.status(), list::toString);
    MemberProcess.Answer stale = cluster.member(member).get("/api/v1/tasks?limit=1&stale=true");
    assertEquals(1, stale.json().path("tasks").size(), stale::toString);
    long took = System.currentTimeMillis() - began;
    assertTrue(took < 20_000, () -> "each is answered within 5 s, not four in " + took + " ms");
  }

  private void taken(int member, String id) throws IOException, InterruptedException {
    MemberProcess.Answer answer = books.create(cluster.member(member), random, id);
    assertEquals(201, answer.status(), answer::toString);
  }

  private void lost(int[][] ways) throws InterruptedException {
    for (int[] way : ways) {
      network.lose(way[0], way[1]);
    }
    Storm.pause(CUT_MILLIS);
    for (int[] way : ways) {
      network.mend(way[0], way[1]);
    }
  }

  private void all() throws Exception {
    for (int i = 0; i < MEMBERS; i++) {
      network.cut(i);
    }
    Storm.pause(STOPPED_MILLIS);
    long until = System.currentTimeMillis() + CUT_MILLIS;
    while (System.currentTimeMillis() < until) {
      for (int i = 0; i < MEMBERS; i++) {
        refused(i);
      }
    }
    ProbeProcess.awaitAny("each member is alone", 40, this::eachAlone);
    for (int i = 0; i < MEMBERS; i++) {
      network.heal(i);
    }
  }

  private boolean eachAlone() {
    return cluster.running().stream()
        .allMatch(
            member -> {
              try {
                return member.get("/api/v1/cluster").json().path("members").size() == 1;
              } catch (IOException e) {
                return false;
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
              }
            });
  }

  private void flapping() throws InterruptedException {
    for (int i = 0; i < 20; i++) {
      int from = random.nextInt(MEMBERS);
      int to = (from + 1 + random.nextInt(MEMBERS - 1)) % MEMBERS;
      network.lose(from, to);
      Storm.pause(50 + random.nextInt(400));
      network.mend(from, to);
    }
  }
}
