package io.xcron.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Some machines on a network among themselves, and a watcher who reaches each of them on another
 * that is never disturbed: bridges and network namespaces, with a namespace of their own for the
 * bridges, so that nothing of the host's network is touched. Wants Linux, {@code ip} and root.
 *
 * <p>A machine is cut off by taking its port at the bridge down, and deaf to another when that one
 * believes it to be at an address of hardware that nobody has: no packet and no reset gets through.
 */
final class NetworkNamespaces implements AutoCloseable {
  /** What the watcher has on the network that is not disturbed. */
  static final String WATCHER = "10.78.0.254";

  private static final String NOBODY = "02:00:00:00:00:ff";

  private final String name;
  private final int count;

  private NetworkNamespaces(String name, int count) {
    this.name = name;
    this.count = count;
  }

  static NetworkNamespaces make(int count) {
    String name = "xc" + Long.toString(ProcessHandle.current().pid(), 36);
    NetworkNamespaces made = new NetworkNamespaces(name, count);
    try {
      made.build();
    } catch (IllegalStateException e) {
      made.close();
      throw e;
    }
    return made;
  }

  /** Those that another process made, under the name that it gave them. */
  static NetworkNamespaces madeBefore(String name, int count) {
    return new NetworkNamespaces(name, count);
  }

  private void build() {
    ip("netns", "add", name);
    in(name, "link", "set", "lo", "up");
    bridge("switch0");
    bridge("watch0");
    in(name, "addr", "add", WATCHER + "/24", "dev", "watch0");
    for (int i = 0; i < count; i++) {
      ip("netns", "add", space(i));
      in(space(i), "link", "set", "lo", "up");
      connect(i, "port" + i, "switch0", "eth0", address(i));
      connect(i, "look" + i, "watch0", "eth1", watched(i));
    }
  }

  private void bridge(String bridge) {
    in(name, "link", "add", "name", bridge, "type", "bridge");
    in(name, "link", "set", bridge, "up");
  }

  private void connect(int i, String port, String bridge, String device, String address) {
    in(
        name, "link", "add", "name", port, "type", "veth", "peer", "name", device, "netns",
        space(i));
    in(name, "link", "set", port, "master", bridge);
    in(name, "link", "set", port, "up");
    in(space(i), "addr", "add", address + "/24", "dev", device);
    in(space(i), "link", "set", device, "up");
  }

  /** Why there can be no namespaces here; null if there can. */
  static @Nullable String missing() {
    String probe = "xcprobe" + ProcessHandle.current().pid();
    try {
      run(List.of("ip", "netns", "add", probe));
      try {
        run(
            List.of(
                "ip", "netns", "exec", probe, "ip", "link", "add", "name", "xa", "type", "veth",
                "peer", "name", "xb"));
        run(
            List.of(
                "ip", "netns", "exec", probe, "ip", "link", "add", "name", "xc", "type", "bridge"));
      } finally {
        run(List.of("ip", "netns", "del", probe));
      }
      return null;
    } catch (IOException | IllegalStateException e) {
      return "network namespaces cannot be made here: " + e.getMessage();
    }
  }

  String name() {
    return name;
  }

  /** On the network of the machines. */
  String address(int i) {
    return "10.77.0." + (i + 1);
  }

  /** On the network of the watcher. */
  String watched(int i) {
    return "10.78.0." + (i + 1);
  }

  String members(int port) {
    return IntStream.range(0, count)
        .mapToObj(i -> address(i) + ":" + port)
        .collect(Collectors.joining(","));
  }

  /** What comes before a command that runs on this machine. */
  List<String> enter(int i) {
    return List.of("ip", "netns", "exec", space(i));
  }

  /** What comes before a command that is the watcher. */
  List<String> watch() {
    return List.of("ip", "netns", "exec", name);
  }

  void cut(int i) {
    in(name, "link", "set", "port" + i, "down");
  }

  /** What one sends to the other is lost from now on; not the other way. */
  void lose(int from, int to) {
    in(
        space(from),
        "neigh",
        "replace",
        address(to),
        "lladdr",
        NOBODY,
        "dev",
        "eth0",
        "nud",
        "permanent");
  }

  /** What one sends to the other arrives again. */
  void mend(int from, int to) {
    in(space(from), "neigh", "del", address(to), "dev", "eth0");
  }

  /** A machine that was cut off is there again. */
  void heal(int i) {
    in(name, "link", "set", "port" + i, "up");
  }

  private String space(int i) {
    return name + "m" + i;
  }

  private static void in(String space, String... command) {
    List<String> line = new ArrayList<>(List.of("netns", "exec", space, "ip"));
    line.addAll(List.of(command));
    ip(line.toArray(String[]::new));
  }

  private static void ip(String... command) {
    List<String> line = new ArrayList<>(List.of("ip"));
    line.addAll(List.of(command));
    try {
      run(line);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + out.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < count; i++) {
      delete(space(i));
    }
    delete(name);
  }

  private static void delete(String space) {
    if (Files.exists(Path.of("/run/netns", space))) {
      ip("netns", "del", space);
    }
  }
}
