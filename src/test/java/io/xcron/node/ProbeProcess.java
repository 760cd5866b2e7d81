package io.xcron.node;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * A {@link ClusterProbe} in a process of its own. What it says is kept with the time it came at.
 */
final class ProbeProcess implements AutoCloseable {
  /** Rung with each line of any process. */
  private static final Object BELL = new Object();

  private final Process process;
  private final Path log;
  private final BufferedWriter commands;
  private final List<Said> said = new ArrayList<>();

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  record Said(long nanos, String line) {}

  private ProbeProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.commands = process.outputWriter();
    Thread.ofPlatform().daemon().start(this::listen);
  }

  static ProbeProcess launch(Path directory, Map<String, String> environment) throws IOException {
    Path log = Files.createTempFile(directory, "probe", ".log");
    return new ProbeProcess(
        MemberProcess.launch(
            ClusterProbe.class.getName(),
            List.of(),
            List.of(),
            directory.resolve("data"),
            environment,
            log),
        log);
  }

  private void listen() {
    process
        .inputReader()
        .lines()
        .forEach(
            line -> {
              synchronized (BELL) {
                said.add(new Said(System.nanoTime(), line));
                BELL.notifyAll();
              }
            });
    synchronized (BELL) {
      BELL.notifyAll();
    }
  }

  /** Looks each time that any process has said something, and now and then besides. */
  static void awaitAny(String what, long seconds, BooleanSupplier holds)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    synchronized (BELL) {
      while (!holds.getAsBoolean()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("not within " + seconds + " s: " + what);
        }
        TimeUnit.NANOSECONDS.timedWait(BELL, Math.min(left, LOOK_NANOS));
      }
    }
  }

  /** The first line that fits, from the given place on. */
  Said await(String what, int from, long seconds, Predicate<String> fits)
      throws InterruptedException {
    try {
      awaitAny(
          what,
          seconds,
          () ->
              !process.isAlive() || since(from).stream().anyMatch(line -> fits.test(line.line())));
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "\n" + logTail(), e);
    }
    return since(from).stream()
        .filter(line -> fits.test(line.line()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("it ended before: " + what + "\n" + logTail()));
  }

  int count() {
    synchronized (BELL) {
      return said.size();
    }
  }

  List<Said> since(int from) {
    synchronized (BELL) {
      return List.copyOf(said.subList(from, said.size()));
    }
  }

  /** The answer to a command: the next line that begins with its first word. */
  String ask(String command) throws IOException, InterruptedException {
    int from = count();
    commands.write(command + "\n");
    commands.flush();
    String word = command.contains(" ") ? command.substring(0, command.indexOf(' ')) : command;
    String answer = word.equals("leave") ? "left" : word;
    return await(command, from, 30, line -> line.startsWith(answer)).line();
  }

  /** Asks for its state until it fits. */
  String awaitState(long seconds, Predicate<String> fits) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (String state = ask("state"); ; state = ask("state")) {
      if (fits.test(state)) {
        return state;
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + seconds + " s: " + state + "\n" + logTail());
      }
      synchronized (BELL) {
        TimeUnit.NANOSECONDS.timedWait(BELL, LOOK_NANOS);
      }
    }
  }

  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** SIGSTOP: the process hangs, its connections stay open. */
  void hang() {
    MemberProcess.signal("STOP", process.pid());
  }

  /** SIGCONT. */
  void goOn() {
    MemberProcess.signal("CONT", process.pid());
  }

  int exitCode(long seconds) throws InterruptedException {
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      throw new AssertionError("it did not end:\n" + logTail());
    }
    return process.exitValue();
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String logTail() {
    String text = log();
    return text.substring(Math.max(0, text.length() - 6_000));
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      goOn();
      kill();
    }
  }
}
