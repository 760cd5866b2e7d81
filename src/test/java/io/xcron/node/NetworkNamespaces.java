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
 * A switch with some machines, made of a bridge and network namespaces in a namespace of their own
 * for the bridge, so that nothing of the host's network is touched. Wants Linux, {@code ip} and
 * root. A machine is cut off by taking its port at the switch down: no packet and no reset gets
 * through.
 */
final class NetworkNamespaces implements AutoCloseable {
  private final String name = "xc" + Long.toString(ProcessHandle.current().pid(), 36);
  private final int count;

  NetworkNamespaces(int count) {
    this.count = count;
    try {
      build();
    } catch (IllegalStateException e) {
      close();
      throw e;
    }
  }

  private void build() {
    ip("netns", "add", name);
    in(name, "link", "add", "name", "switch0", "type", "bridge");
    in(name, "link", "set", "switch0", "up");
    for (int i = 0; i < count; i++) {
      ip("netns", "add", space(i));
      in(
          name,
          "link",
          "add",
          "name",
          "port" + i,
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          space(i));
      in(name, "link", "set", "port" + i, "master", "switch0");
      in(name, "link", "set", "port" + i, "up");
      in(space(i), "addr", "add", address(i) + "/24", "dev", "eth0");
      in(space(i), "link", "set", "eth0", "up");
      in(space(i), "link", "set", "lo", "up");
    }
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

  String address(int i) {
    return "10.77.0." + (i + 1);
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

  void cut(int i) {
    in(name, "link", "set", "port" + i, "down");
  }

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
