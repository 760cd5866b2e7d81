package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Members of one cluster on loopback, each in a process and on a directory of its own. */
final class MemberCluster implements AutoCloseable {
  private final Path directory;
  private final List<Integer> ports;
  private final Map<String, String> environment;
  private final @Nullable MemberProcess[] members;
  private final IntFunction<List<String>> prefixes;
  private final List<Begun> begun = new ArrayList<>();
  private Class<?> main = Main.class;
  private IntFunction<Map<String, String>> own = member -> Map.of();

  /** One that was started without waiting for it. */
  private record Begun(Process process, CompletableFuture<Void> ready) {}

  MemberCluster(Path directory, int size, Map<String, String> environment) {
    this(directory, size, environment, member -> List.of());
  }

  /**
   * @param prefixes what comes before the JVM of each member, as to give it a small disk
   */
  MemberCluster(
      Path directory,
      int size,
      Map<String, String> environment,
      IntFunction<List<String>> prefixes) {
    this.directory = directory;
    this.ports = Ports.free(size);
    this.environment = Map.copyOf(environment);
    this.members = new MemberProcess[size];
    this.prefixes = prefixes;
  }

  /**
   * Members of another class of ours, each with settings of its own.
   *
   * @param settings of the environment of each member; they win
   */
  MemberCluster of(Class<?> someMain, IntFunction<Map<String, String>> settings) {
    main = someMain;
    own = settings;
    return this;
  }

  /** As the others and places call it. */
  String name(int i) {
    return "127.0.0.1:" + ports.get(i);
  }

  /** Starts those that do not run, all at once, and waits until each is ready. */
  void start() {
    start(IntStream.range(0, members.length).toArray(), members.length);
  }

  /** The same with some of them, as members of a cluster of so many. */
  void start(int[] which, int size) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Void>> starts =
          IntStream.of(which)
              .filter(i -> members[i] == null)
              .mapToObj(i -> CompletableFuture.runAsync(() -> start(i, size), threads))
              .toList();
      starts.forEach(CompletableFuture::join);
    }
  }

  /** Starts one on the data that it had, and waits until it is ready. */
  void start(int i) {
    start(i, members.length);
  }

  private void start(int i, int size) {
    Map<String, String> all = settings(i, size);
    try {
      members[i] = MemberProcess.start(main, prefixes.apply(i), data(directory, i), all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts one without waiting.
   *
   * @return ends when it is ready, in vain if it ends before
   */
  CompletableFuture<Void> begin(int i) throws IOException {
    MemberProcess.Starting starting =
        MemberProcess.begin(
            main, prefixes.apply(i), data(directory, i), settings(i, members.length));
    CompletableFuture<Void> ready = new CompletableFuture<>();
    begun.add(new Begun(starting.process(), ready));
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                members[i] = starting.awaitReady();
                ready.complete(null);
              } catch (IOException | AssertionError e) {
                ready.completeExceptionally(e);
              }
            });
    return ready;
  }

  /** What a member is told that is one of so many: the first ones, and itself. */
  Map<String, String> settings(int i, int size) {
    Map<String, String> all = new HashMap<>(environment);
    if (size > 1) {
      all.put(
          "XCRON_MEMBERS",
          IntStream.concat(IntStream.of(i), IntStream.range(0, ports.size()))
              .distinct()
              .limit(size)
              .mapToObj(other -> "127.0.0.1:" + ports.get(other))
              .collect(Collectors.joining(",")));
    }
    all.put("XCRON_CLUSTER_SIZE", String.valueOf(size));
    all.put("XCRON_MEMBER_PORT", ports.get(i).toString());
    all.putAll(own.apply(i));
    return all;
  }

  /**
   * Where a member of a cluster keeps its data; the directory above, which is made, is its own too.
   */
  static Path data(Path directory, int i) throws IOException {
    return Files.createDirectories(directory.resolve("member" + i)).resolve("data");
  }

  int size() {
    return members.length;
  }

  /** A member that runs. */
  MemberProcess member(int i) {
    MemberProcess member = members[i];
    if (member == null) {
      throw new IllegalStateException("member " + i + " does not run");
    }
    return member;
  }

  /**
   * Waits until as many vote again as shall and each member is ready: only then may another be
   * lost.
   */
  void awaitWhole() throws InterruptedException {
    awaitWhole(90);
  }

  /** The same within a time. */
  void awaitWhole(long seconds) throws InterruptedException {
    try {
      ProbeProcess.awaitAny(
          "all voters, each member ready",
          seconds,
          () -> running().stream().allMatch(this::isWhole));
    } catch (AssertionError e) {
      running().forEach(member -> System.out.println(member.logText()));
      throw new AssertionError(e.getMessage() + "; " + said(), e);
    }
  }

  /** What each member says of itself and of the ledger, in short. */
  private String said() {
    return IntStream.range(0, members.length)
        .mapToObj(i -> "member " + i + " " + said(members[i]))
        .collect(Collectors.joining("; "));
  }

  private static String said(@Nullable MemberProcess member) {
    if (member == null) {
      return "does not run";
    }
    try {
      JsonNode cluster = member.get("/api/v1/cluster").json();
      return member.get("/health/ready").json()
          + " cp "
          + cluster.path("cp")
          + " warnings "
          + cluster.path("warnings");
    } catch (IOException e) {
      return "does not answer: " + e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "was not asked";
    }
  }

  /** Besides, until each partition has as many copies in sync as it shall: a disk may be lost. */
  void awaitCopies() throws InterruptedException {
    awaitWhole();
    ProbeProcess.awaitAny(
        "all copies in sync", 120, () -> running().stream().allMatch(one -> shortOf(one) == 0));
  }

  /** How many partitions have too few copies in sync, as a member says; -1 if it does not. */
  static int shortOf(MemberProcess member) {
    try {
      return member.get("/api/v1/cluster").json().at("/copies/partitions_short").asInt(-1);
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  private boolean isWhole(MemberProcess member) {
    try {
      return member.get("/api/v1/cluster").json().path("cp").path("voters").asInt()
              == ClusterConfig.voters(size())
          && member.get("/health/ready").status() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Those that run; a hung one among them. */
  List<MemberProcess> running() {
    List<MemberProcess> running = new ArrayList<>();
    for (MemberProcess member : members) {
      if (member != null) {
        running.add(member);
      }
    }
    return running;
  }

  void kill(int i) {
    member(i).kill();
    members[i] = null;
  }

  /** kill -9 of all at once, of those too that are not ready yet; returns when they are gone. */
  void killAll() {
    List<Process> processes = new ArrayList<>();
    begun.forEach(one -> processes.add(one.process()));
    running().forEach(one -> processes.add(one.process()));
    processes.forEach(Process::destroyForcibly);
    processes.forEach(process -> process.onExit().join());
    begun.forEach(one -> one.ready().exceptionally(ended -> null).join());
    begun.clear();
    running().forEach(MemberProcess::kill);
    Arrays.fill(members, null);
  }

  /** Deletes the data of one that does not run. */
  void loseDisk(int i) throws IOException {
    try (Stream<Path> files = Files.walk(data(directory, i))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** SIGTERM; returns the exit code. */
  int stop(int i) throws InterruptedException {
    MemberProcess stopping = member(i);
    members[i] = null;
    return stopping.stop();
  }

  @Override
  public void close() {
    begun.forEach(one -> one.process().destroyForcibly());
    running().forEach(MemberProcess::close);
  }
}
