package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster}: who is there, and what is wrong; and what operators do about it. */
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

  @Command(
      description = {
        "Copies the member's live journal to a directory on its machine.",
        "Prints the path when the copy is complete. One that takes longer than a",
        "request may is only begun: \"xcron cluster --json\" shows what becomes of it."
      })
  int backup(
      @Option(
              names = "--name",
              paramLabel = "NAME",
              description = "Of the directory below backups; else the time.")
          @Nullable String name) {
    ObjectNode body = Api.JSON.createObjectNode();
    if (name != null) {
      body.put("name", name);
    }
    try (Api api = root.api()) {
      root.show(api.post(Address.of("/api/v1/cluster/backup"), body), this::printBackup);
    }
    return Exit.OK.code();
  }

  private void printBackup(JsonNode backup) {
    if (backup.path("state").asText().equals("running")) {
      root.warn("the copy is still being made");
    }
    root.say(TaskPrinter.text(backup, "path"));
  }

  @Command(
      name = "reset-voters",
      description = {
        "Starts the voters anew after their majority was lost for ever.",
        "To be asked of the oldest member. Refused where it is not safe or not needed."
      })
  int resetVoters(
      @Option(
              names = "--old-majority-is-dead",
              description = {
                "Your word that no missing voter runs or will come back; if one does, tasks",
                "are fired twice."
              })
          boolean dead,
      @Option(
              names = "--missing-journals-are-lost",
              description = {
                "Your word that the data of the missing members is gone: those that are here",
                "go on with theirs, and what only the others held is lost."
              })
          boolean lost) {
    ObjectNode body =
        Api.JSON
            .createObjectNode()
            .put("old_majority_is_dead", dead)
            .put("missing_journals_are_lost", lost);
    try (Api api = root.api()) {
      root.show(
          api.post(Address.of("/api/v1/cluster/cp/reset"), body),
          answer -> root.say("the voters start anew"));
    }
    return Exit.OK.code();
  }

  @Command(
      description = {
        "Changes how many members the cluster has, while it runs.",
        "To grow, say the size first and start the others then. To shrink, stop those",
        "that shall leave first, in order and one after the other."
      })
  int size(
      @Parameters(paramLabel = "N", description = "How many members, 3 and more.") int members) {
    ObjectNode body = Api.JSON.createObjectNode().put("size", members);
    try (Api api = root.api()) {
      root.show(
          api.post(Address.of("/api/v1/cluster/size"), body),
          answer ->
              root.say("the cluster has " + TaskPrinter.text(answer, "size") + " members now"));
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
