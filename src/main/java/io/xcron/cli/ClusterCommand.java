package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code cluster}: who is there, and what is wrong. */
@Command(name = "cluster", description = "Shows the members of the cluster and its warnings.")
final class ClusterCommand implements Callable<Integer> {
  private final Root root;

  ClusterCommand(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    try (Api api = root.api()) {
      root.show(api.get(Address.of("/api/v1/cluster")), this::print);
    }
    return Exit.OK.code();
  }

  private void print(JsonNode cluster) {
    root.say(
        "cluster "
            + TaskPrinter.text(cluster, "name")
            + ", "
            + cluster.path("members").size()
            + " of "
            + TaskPrinter.text(cluster, "size")
            + " members, "
            + TaskPrinter.text(cluster, "mode"));
    Table table =
        new Table("MEMBER", "VERSION", "PARTITIONS", "TASKS", "RUNS", "JOURNAL", "GRANT", "ROLE");
    for (JsonNode member : cluster.path("members")) {
      table.row(
          TaskPrinter.text(member, "address"),
          TaskPrinter.text(member, "version"),
          TaskPrinter.text(member, "owned_partitions"),
          TaskPrinter.text(member, "tasks"),
          TaskPrinter.text(member, "runs"),
          TaskPrinter.text(member.path("journal"), "state"),
          TaskPrinter.text(member.path("slice"), "grant_age_ms") + "ms",
          role(member));
    }
    root.say(table);
    for (JsonNode warning : cluster.path("warnings")) {
      root.warn("warning: " + warning.asText());
    }
  }

  private static String role(JsonNode member) {
    if (member.path("slice_leader").asBoolean()) {
      return "leader";
    }
    return member.path("cp_member").asBoolean() ? "voter" : "-";
  }
}
