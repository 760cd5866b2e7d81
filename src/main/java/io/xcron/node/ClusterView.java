package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import io.xcron.fire.FireEngine;
import io.xcron.grid.HazelcastGrid;
import io.xcron.http.Readiness;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalState;
import io.xcron.journal.JournalStats;
import io.xcron.model.Title;
import io.xcron.slice.ClusterClock;
import io.xcron.slice.SliceKeeper;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What this member says of itself: ready or why not, its place in the cluster, its machine. */
final class ClusterView {
  private final NodeConfig config;
  private final HazelcastGrid grid;
  private final SliceKeeper slices;
  private final ClusterClock clock;
  private final Journal journal;
  private final FireEngine engine;
  private final NodeState state;
  private final @Nullable ClusterMember cluster;

  /**
   * @param cluster this member's place in its cluster; null when it runs alone
   */
  ClusterView(
      NodeConfig config,
      HazelcastGrid grid,
      SliceKeeper slices,
      ClusterClock clock,
      Journal journal,
      FireEngine engine,
      NodeState state,
      @Nullable ClusterMember cluster) {
    this.config = config;
    this.grid = grid;
    this.slices = slices;
    this.clock = clock;
    this.journal = journal;
    this.engine = engine;
    this.state = state;
    this.cluster = cluster;
  }

  /** Why this member cannot serve; null when it can. */
  @Nullable String notReady() {
    if (state.isDraining()) {
      return "this member is stopping";
    }
    if (!journal.state().accepts()) {
      return "the journal is " + journal.state() + ": nothing can be kept";
    }
    return slices.outdated() ? "no current slice is seen" : null;
  }

  /** What this member says of itself, to the others as well. */
  ObjectNode figure() {
    ObjectNode figure = JsonNodeFactory.instance.objectNode();
    figure
        .put("id", slices.member().toString())
        .put("address", config.memberHost() + ":" + config.memberPort())
        .put("version", Main.version())
        .put("slice_leader", slices.member().equals(slices.leader()))
        .put("owned_partitions", owned())
        .put("tasks", grid.size())
        .put("runs", engine.runs());
    figure
        .putObject("slice")
        .put("number", slices.slice())
        .put("term", slices.term())
        .put("grant_age_ms", slices.grantAgeMillis());
    journal(figure.putObject("journal"));
    figure.putObject("clock").put("offset_ms", clock.offsetMillis());
    machine(figure.putObject("machine"));
    var warnings = figure.putArray("warnings");
    warnings().forEach(warnings::add);
    return GridSight.tell(figure, journal.state().accepts(), slices);
  }

  long slice() {
    return slices.slice();
  }

  private int owned() {
    int owned = 0;
    for (int partition = 0; partition < grid.partitionCount(); partition++) {
      owned += slices.grant(partition) == null ? 0 : 1;
    }
    return owned;
  }

  /** The answer of {@code GET /api/v1/cluster}; from memory, so it waits for nobody. */
  JsonNode describe() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("name", config.clusterName())
        .put("size", cluster == null ? 1 : cluster.size())
        .put("mode", cluster == null ? "single" : "raft");
    ObjectNode own = figure();
    ArrayNode members = root.putArray("members");
    ArrayNode warnings = JsonNodeFactory.instance.arrayNode();
    if (cluster == null) {
      members.add(own);
      own.path("warnings").forEach(warnings::add);
      root.put("cp", "none: a member that runs alone has no Raft");
    } else {
      ClusterReport report = new ClusterReport(config, cluster, slices.member(), own);
      report.members(members, warnings);
      report.size(slices, warnings);
      report.voters(root.putObject("cp"), warnings);
    }
    copies(root.putObject("copies"), cluster == null ? 1 : cluster.size());
    root.set("slice", own.path("slice"));
    root.set("journal", own.path("journal"));
    root.set("clock", own.path("clock"));
    root.set("machine", own.path("machine"));
    root.set("warnings", warnings);
    return root;
  }

  /** Of the whole cluster, as the ledger says: when none is short, a disk may be lost. */
  private void copies(ObjectNode node, int size) {
    int wanted = Math.min(1 + ClusterConfig.BACKUPS, size);
    int few = 0;
    for (int partition = 0; partition < grid.partitionCount(); partition++) {
      Title title = slices.title(partition);
      few += title == null || title.inSync().size() < wanted ? 1 : 0;
    }
    node.put("wanted", wanted).put("partitions_short", few);
  }

  private void journal(ObjectNode node) {
    JournalStats stats = journal.stats();
    node.put("state", journal.state().name().toLowerCase(Locale.ROOT))
        .put("log_bytes", stats.logBytes())
        .put("checkpoint_bytes", stats.checkpointBytes())
        .put("commits", stats.commits())
        .put("commit_mean_us", stats.commitMean().toNanos() / 1_000)
        .put("commit_max_us", stats.commitMax().toNanos() / 1_000)
        .put("fold", stats.foldState().name().toLowerCase(Locale.ROOT));
  }

  private void machine(ObjectNode node) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    File data = config.dataDirectory().toFile();
    node.put("cpus", system.getAvailableProcessors())
        .put("cpu", system.getCpuLoad())
        .put("load", system.getSystemLoadAverage())
        .put("memory_bytes", system.getTotalMemorySize())
        .put("memory_free_bytes", system.getFreeMemorySize())
        .put("heap_bytes", Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory())
        .put("disk_bytes", data.getTotalSpace())
        .put("disk_free_bytes", data.getUsableSpace());
  }

  private List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    String reason = notReady();
    if (reason != null) {
      warnings.add(reason);
    }
    if (journal.state() == JournalState.LOW) {
      warnings.add("disk space is low: new tasks are refused until some is freed");
    }
    if (Math.abs(clock.offsetMillis()) > 1_000) {
      warnings.add("the machine's clock is " + clock.offsetMillis() + " ms off cluster time");
    }
    String ofParts = state.warning();
    if (ofParts != null) {
      warnings.add(ofParts);
    }
    return warnings;
  }

  /** Where a gauge finds the view of the moment. */
  @FunctionalInterface
  interface Current {
    /** Null while there is none. */
    @Nullable ClusterView view();

    /** A figure of it; not a number while there is none. */
    default double figure(ToDoubleFunction<ClusterView> figure) {
      ClusterView view = view();
      return view == null ? Double.NaN : figure.applyAsDouble(view);
    }
  }

  void register(NodeMetrics metrics) {
    register(metrics, () -> this, this::notReady, config.dataDirectory().toFile());
  }

  /** Gauges that show whichever view there is. */
  static void register(NodeMetrics metrics, Current current, Readiness readiness, File data) {
    gauge(metrics, current, "xcron.tasks", "Tasks held on this member", v -> v.grid.size());
    gauge(metrics, current, "xcron.runs.open", "Runs in memory", v -> v.engine.runs());
    gauge(metrics, current, "xcron.slice", "The current slice", v -> v.slices.slice());
    gauge(
        metrics,
        current,
        "xcron.grant.age.seconds",
        "Age of the grant",
        v -> v.slices.grantAgeMillis() / 1e3);
    gauge(
        metrics,
        current,
        "xcron.clock.offset.seconds",
        "Machine's clock ahead of cluster time",
        v -> v.clock.offsetMillis() / 1e3);
    gauge(
        metrics,
        current,
        "xcron.partitions.owned",
        "Partitions with a grant here",
        ClusterView::owned);
    ofJournal(metrics, current);
    metrics.gauge("xcron.disk.bytes", "Size of the data's disk", data, File::getTotalSpace);
    metrics.gauge("xcron.disk.free.bytes", "Room left on it", data, File::getUsableSpace);
    metrics.gauge(
        "xcron.ready",
        "Whether the member serves",
        readiness,
        asked -> asked.notReady() == null ? 1 : 0);
  }

  private static void ofJournal(NodeMetrics metrics, Current current) {
    gauge(
        metrics,
        current,
        "xcron.journal.log.bytes",
        "Size of the log",
        v -> v.journal.stats().logBytes());
    gauge(
        metrics,
        current,
        "xcron.journal.queued.bytes",
        "Waiting for a commit",
        v -> v.journal.stats().queuedBytes());
    gauge(
        metrics,
        current,
        "xcron.journal.accepts",
        "Whether the journal takes writes",
        v -> v.journal.state().accepts() ? 1 : 0);
    gauge(
        metrics,
        current,
        "xcron.journal.low",
        "Whether new tasks are refused because disk space is low",
        v -> v.journal.state() == JournalState.LOW ? 1 : 0);
    metrics.timer(
        "xcron.journal.commit",
        "Group commits of the journal with their sync",
        current,
        now -> (long) now.figure(v -> v.journal.stats().commits()),
        now ->
            now.view() == null
                ? 0
                : now.figure(
                    v ->
                        v.journal.stats().commits()
                            * (v.journal.stats().commitMean().toNanos() / 1e9)));
  }

  private static void gauge(
      NodeMetrics metrics,
      Current current,
      String name,
      String description,
      ToDoubleFunction<ClusterView> figure) {
    metrics.gauge(name, description, current, now -> now.figure(figure));
  }
}
