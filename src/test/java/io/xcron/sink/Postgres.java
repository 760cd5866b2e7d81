package io.xcron.sink;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A real PostgreSQL in a directory of its own, on loopback, from the binaries of Debian's package.
 * It refuses to run as root, so root starts it as nobody.
 */
public final class Postgres implements AutoCloseable {
  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");

  private final Path binaries;
  private final Path directory;
  private final int port;
  private @Nullable Process server;

  private Postgres(Path binaries, Path directory, int port) {
    this.binaries = binaries;
    this.directory = directory;
    this.port = port;
  }

  /** Starts one; the test is skipped where it is not installed. */
  public static Postgres start() throws IOException, InterruptedException {
    Path binaries = binaries();
    Assumptions.assumeTrue(
        binaries != null, "PostgreSQL is missing: apt-get install postgresql, or run .ci/run");
    Path directory = Files.createTempDirectory("xcron-postgres");
    if (root()) {
      Files.setOwner(
          directory,
          directory
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName("nobody"));
    }
    Postgres postgres = new Postgres(binaries, directory, freePort());
    postgres.initialize();
    postgres.begin();
    return postgres;
  }

  private static @Nullable Path binaries() throws IOException {
    if (!Files.isDirectory(INSTALLED)) {
      return null;
    }
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
          .max(Comparator.comparing(Path::toString))
          .orElse(null);
    }
  }

  private static boolean root() {
    return System.getProperty("user.name").equals("root");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private ProcessBuilder command(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    // It goes when this process does, whatever that dies of.
    command.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
    if (root()) {
      command.addAll(List.of("--reuid", "nobody", "--regid", "nogroup", "--clear-groups"));
    }
    command.add(binaries.resolve(name).toString());
    command.addAll(List.of("-D", directory.resolve("data").toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
  }

  private void initialize() throws IOException, InterruptedException {
    Process process =
        command(
                "initdb",
                "--username=xcron",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions")
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError("initdb: " + said);
    }
  }

  /** Starts it, on the data that it had. */
  public void begin() throws IOException {
    Process started =
        command(
                "postgres",
                "-p",
                String.valueOf(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "shared_buffers=16MB",
                "-c",
                "fsync=off")
            .start();
    server = started;
    BufferedReader out = started.inputReader();
    List<String> said = new ArrayList<>();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      said.add(line);
      if (line.contains("database system is ready to accept connections")) {
        Thread.ofVirtual().start(() -> drain(out));
        return;
      }
    }
    throw new AssertionError("postgres did not start: " + said);
  }

  private static void drain(BufferedReader out) {
    try (out) {
      while (out.readLine() != null) {
        // A full pipe would stop it.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As a crash of the server: connections break, and nothing is tidied up. */
  public void crash() throws IOException {
    Process running = server;
    if (running != null) {
      // SIGQUIT: its processes end at once, without a checkpoint; SIGKILL would leave them behind.
      new ProcessBuilder("kill", "-QUIT", String.valueOf(running.pid())).start().onExit().join();
      running.onExit().join();
    }
    server = null;
  }

  public String url() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=xcron";
  }

  @Override
  public void close() throws IOException {
    crash();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
