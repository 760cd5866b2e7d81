package io.xcron.node;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * How many entries Raft commits each second in three members, by tasks and fires: not a test but
 * figures for docs/benchmarks.md. Arguments: the seconds of each measurement (60), the fires a
 * second (500), then the numbers of pending tasks, growing (0 10000 1000000).
 */
final class RaftFigures implements AutoCloseable {
  private static final int MEMBERS = 3;
  private static final int LINES = 5_000;
  private static final long FAR_MILLIS = 4_000_000_000_000L;
  private static final String CONNECTOR = "com.sun.management.jmxremote.localConnectorAddress";

  private final CallbackSink sink = new CallbackSink();
  private final MemberCluster cluster;
  private final List<JMXConnector> connectors = new ArrayList<>();
  private int pending;
  private int fired;

  private RaftFigures(Path directory) throws IOException, AttachNotSupportedException {
    cluster =
        new MemberCluster(
            directory,
            MEMBERS,
            Map.of(
                "_JAVA_OPTIONS",
                "-Xmx2g -XX:TieredStopAtLevel=4 -Dhazelcast.metrics.jmx.enabled=true"
                    + " -Dhazelcast.metrics.collection.frequency=1"));
    cluster.start();
    for (int i = 0; i < MEMBERS; i++) {
      connectors.add(connect(cluster.member(i).pid()));
    }
  }

  @SuppressWarnings("BanJNDI") // The address is that of a process of ours.
  private static JMXConnector connect(long pid) throws IOException, AttachNotSupportedException {
    VirtualMachine machine = VirtualMachine.attach(String.valueOf(pid));
    try {
      machine.startLocalManagementAgent();
      String address = machine.getAgentProperties().getProperty(CONNECTOR);
      return JMXConnectorFactory.connect(new JMXServiceURL(address));
    } finally {
      machine.detach();
    }
  }

  public static void main(String[] arguments) throws Exception {
    long seconds = arguments.length > 0 ? Long.parseLong(arguments[0]) : 60;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    List<Integer> counts = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      counts.add(Integer.parseInt(arguments[i]));
    }
    Path directory = Files.createTempDirectory("xcron-raft");
    try (RaftFigures figures = new RaftFigures(directory)) {
      for (int count : counts.isEmpty() ? List.of(0, 10_000, 1_000_000) : counts) {
        figures.fill(count);
        figures.cluster.awaitCopies();
        double idle = figures.commits(seconds);
        figures.load(seconds, rate);
        double busy = figures.commits(seconds);
        System.out.printf(
            "%d tasks: %.2f commits/s, with %d fires/s %.2f; %d fires in all%n",
            count, idle, rate, busy, figures.sink.callbacks().size());
      }
    }
  }

  private void fill(int count) throws IOException, InterruptedException {
    while (pending < count) {
      StringBuilder lines = new StringBuilder();
      int until = Math.min(count, pending + LINES);
      for (int i = pending; i < until; i++) {
        lines.append(task("p" + i, FAR_MILLIS + i));
      }
      take(pending / LINES, lines, until - pending);
      pending = until;
    }
  }

  /** One-shots evenly over so many seconds, from soon on. */
  private void load(long seconds, int rate) throws IOException, InterruptedException {
    long begin = System.currentTimeMillis() + 3_000;
    int count = (int) (seconds * rate);
    for (int from = 0; from < count; from += LINES) {
      StringBuilder lines = new StringBuilder();
      int until = Math.min(count, from + LINES);
      for (int i = from; i < until; i++) {
        lines.append(task("f" + fired++, begin + i * 1_000L / rate));
      }
      take(from / LINES, lines, until - from);
    }
  }

  private String task(String id, long due) {
    return "{\"id\":\"%s\",\"schedule\":{\"at\":%d},\"target\":{\"http\":{\"url\":\"%s\"}}}\n"
        .formatted(id, due, sink.url("/"));
  }

  private void take(int turn, StringBuilder lines, int count)
      throws IOException, InterruptedException {
    int taken = cluster.member(turn % MEMBERS).importLines(lines.toString());
    if (taken != count) {
      throw new AssertionError(taken + " of " + count + " were taken");
    }
  }

  private double commits(long seconds) throws IOException, JMException {
    long before = committed();
    long began = System.nanoTime();
    long end = began + TimeUnit.SECONDS.toNanos(seconds);
    for (long left = end - began; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return (committed() - before) * 1e9 / (System.nanoTime() - began);
  }

  /** The commit indexes of all groups, as the member that is ahead tells them. */
  private long committed() throws IOException, JMException {
    long most = 0;
    for (JMXConnector connector : connectors) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      long sum = 0;
      for (ObjectName name : beans.queryNames(new ObjectName("com.hazelcast:*"), null)) {
        for (MBeanAttributeInfo attribute : beans.getMBeanInfo(name).getAttributes()) {
          if (attribute.getName().equals("commitIndex")) {
            sum += ((Number) beans.getAttribute(name, "commitIndex")).longValue();
          }
        }
      }
      most = Math.max(most, sum);
    }
    if (most == 0) {
      throw new AssertionError("no member tells the commit index of a group");
    }
    return most;
  }

  @Override
  public void close() throws IOException {
    try (sink;
        cluster) {
      for (JMXConnector connector : connectors) {
        connector.close();
      }
    }
  }
}
