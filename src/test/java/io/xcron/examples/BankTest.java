package io.xcron.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.node.Ports;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three banks in processes of their own, of which one is killed. */
class BankTest {
  @TempDir Path directory;

  /** Rung with each line of any process. */
  private final Object bell = new Object();

  private final List<Branch> branches = new ArrayList<>();

  private final class Branch {
    private final Process process;
    private final Path log;
    private final List<String> said = new ArrayList<>();
    private final Thread listener = Thread.ofPlatform().daemon().unstarted(this::listen);

    Branch(Process process, Path log) {
      this.process = process;
      this.log = log;
    }

    private void listen() {
      process
          .inputReader()
          .lines()
          .forEach(
              line -> {
                synchronized (bell) {
                  said.add(line);
                  bell.notifyAll();
                }
              });
    }

    boolean has(String line) {
      synchronized (bell) {
        return said.contains(line);
      }
    }

    /** kill -9; returns when all that it has said is known. */
    void kill() throws InterruptedException {
      process.destroyForcibly().onExit().join();
      listener.join();
    }
  }

  /** Which run of which account, for when. */
  private record Booking(String account, long number, String due) {
    static Booking of(String line) {
      String[] words = line.split(" ", -1);
      return new Booking(words[1], Long.parseLong(words[2]), words[3]);
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Branch branch : branches) {
      branch.kill();
    }
  }

  @Test
  void theAccountsOfABankThatIsKilledAreBookedByTheOthersUnderTheSameNumbers() throws Exception {
    List<Integer> ports = Ports.free(3);
    for (int i = 0; i < 3; i++) {
      launch(i, ports);
    }
    await("all are open", () -> branches.stream().allMatch(branch -> branch.has("open")));
    await("each books", () -> branches.stream().allMatch(branch -> bookings(branch).size() > 10));

    Branch killed = branches.get(2);
    killed.kill();
    long killedNanos = System.nanoTime();
    Set<String> orphans = accounts(bookings(killed));
    Set<Booking> before = new HashSet<>(all());
    Map<String, Long> reached = highest(before);
    List<Branch> others = branches.subList(0, 2);
    await(
        "every account of the killed one is booked by the others",
        () ->
            accounts(
                    others.stream()
                        .flatMap(branch -> bookings(branch).stream())
                        .filter(booking -> !before.contains(booking))
                        .toList())
                .containsAll(orphans));
    System.out.println(
        orphans.size()
            + " accounts were taken over within "
            + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNanos)
            + " ms of kill -9");
    await(
        "every account is booked thrice more",
        () ->
            highest(all()).entrySet().stream()
                .allMatch(last -> last.getValue() >= reached.getOrDefault(last.getKey(), 0L) + 3));

    check(all());
  }

  /** One number means one instant, whoever books it, and no number is left out. */
  private static void check(List<Booking> bookings) {
    Map<String, Map<Long, String>> books = new TreeMap<>();
    for (Booking booking : bookings) {
      String due =
          books
              .computeIfAbsent(booking.account(), account -> new TreeMap<>())
              .merge(booking.number(), booking.due(), (first, again) -> first);
      assertEquals(due, booking.due(), booking::toString);
    }
    assertEquals(Bank.ACCOUNTS, books.size());
    books.forEach(
        (account, numbers) -> {
          assertEquals(
              LongStream.rangeClosed(1, numbers.size()).boxed().collect(Collectors.toSet()),
              numbers.keySet(),
              account);
          assertEquals(numbers.size(), Set.copyOf(numbers.values()).size(), account);
        });
  }

  private void launch(int place, List<Integer> ports) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    // What Hazelcast reaches into, as this test is run with it.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-cp", classPath(), Bank.class.getName()));
    command.add(directory.resolve("data" + place).toString());
    command.add(ports.get(place).toString());
    command.add(ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(",")));
    Path log = Files.createTempFile(directory, "bank", ".log");
    Branch branch =
        new Branch(
            new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(log.toFile())
                .start(),
            log);
    branches.add(branch);
    branch.listener.start();
  }

  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void await(String what, BooleanSupplier holds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    synchronized (bell) {
      while (!holds.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("not in time: " + what + "\n" + logs());
        }
        TimeUnit.NANOSECONDS.timedWait(bell, left);
      }
    }
  }

  /** The ends of the logs. */
  private String logs() throws IOException {
    StringBuilder text = new StringBuilder();
    for (Branch branch : branches) {
      String log = Files.readString(branch.log);
      text.append(log.substring(Math.max(0, log.length() - 4_000))).append("\n---\n");
    }
    return text.toString();
  }

  private List<Booking> bookings(Branch branch) {
    synchronized (bell) {
      return branch.said.stream()
          .filter(line -> line.startsWith("booked "))
          .map(Booking::of)
          .toList();
    }
  }

  private List<Booking> all() {
    return branches.stream().flatMap(branch -> bookings(branch).stream()).toList();
  }

  private static Set<String> accounts(List<Booking> bookings) {
    return bookings.stream().map(Booking::account).collect(Collectors.toSet());
  }

  private static Map<String, Long> highest(Collection<Booking> bookings) {
    return bookings.stream()
        .collect(Collectors.toMap(Booking::account, Booking::number, Math::max));
  }
}
