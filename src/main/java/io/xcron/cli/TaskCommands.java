package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tasks and their runs. */
@Command(
    name = "task",
    description = "Creates, shows, runs and removes tasks.",
    synopsisSubcommandLabel = "COMMAND")
final class TaskCommands {
  private final Root root;

  TaskCommands(Root root) {
    this.root = root;
  }

  /** Which tasks are meant; all that are given must hold. */
  static final class Selection {
    @Option(names = "--namespace", description = "Tasks of this namespace.")
    @Nullable String namespace;

    @Option(names = "--label", paramLabel = "NAME:VALUE", description = "Tasks with this label.")
    @Nullable List<String> labels;

    @Option(names = "--state", description = "Tasks in this state.")
    @Nullable String state;

    @Option(
        names = {"-q", "--query"},
        paramLabel = "WORD",
        description = "A word in name or id begins so.")
    @Nullable String word;

    Address applyTo(Address address) {
      address.query("namespace", namespace).query("state", state).query("q", word);
      if (labels != null) {
        labels.forEach(label -> address.query("label", label));
      }
      return address;
    }
  }

  @Command(description = "Lists tasks, a page at a time.")
  int list(
      @Mixin Selection selection,
      @Option(names = "--limit", defaultValue = "50", description = "1 to 1000; ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--cursor", description = "Where the page before said to go on.")
          @Nullable String cursor) {
    Address address = selection.applyTo(Address.of("/api/v1/tasks")).query("limit", limit);
    try (Api api = root.api()) {
      JsonNode page = api.get(address.query("cursor", cursor));
      root.show(
          page,
          answer -> {
            root.say(TaskPrinter.list(answer.path("tasks")));
            tellOfMore(answer);
          });
      if (page.path("incomplete").asBoolean()) {
        root.warn("incomplete: some partitions have no owner now, their tasks are missing here");
      }
    }
    return Exit.OK.code();
  }

  private void tellOfMore(JsonNode page) {
    if (page.hasNonNull("next_cursor")) {
      root.warn("more follow: --cursor " + page.path("next_cursor").asText());
    }
  }

  @Command(description = "Shows one task.")
  int get(@Parameters(paramLabel = "ID") String id) {
    try (Api api = root.api()) {
      root.show(api.get(task(id)), answer -> root.say(TaskPrinter.one(answer)));
    }
    return Exit.OK.code();
  }

  @Command(description = "Runs a task now, under the next run number.")
  int run(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--arg", paramLabel = "JSON", description = "An argument for this run.")
          @Nullable String arg) {
    ObjectNode body = Api.JSON.createObjectNode();
    if (arg != null) {
      body.set("arg", Root.argumentJson("--arg", arg));
    }
    try (Api api = root.api()) {
      JsonNode accepted = api.post(Address.of(task(id) + "/run"), body);
      root.show(accepted, answer -> root.say("run " + TaskPrinter.text(answer, "run_number")));
    }
    return Exit.OK.code();
  }

  @Command(description = "Pauses a task: nothing of it starts until it is resumed.")
  int pause(@Parameters(paramLabel = "ID") String id) {
    return change(id, "pause");
  }

  @Command(description = "Lets a paused task go on.")
  int resume(@Parameters(paramLabel = "ID") String id) {
    return change(id, "resume");
  }

  @Command(description = "Ends the run that is under way.")
  int kill(@Parameters(paramLabel = "ID") String id) {
    return change(id, "kill");
  }

  private int change(String id, String what) {
    try (Api api = root.api()) {
      JsonNode task = api.post(Address.of(task(id) + "/" + what), null);
      root.show(task, answer -> root.say(id + " " + TaskPrinter.text(answer, "state")));
    }
    return Exit.OK.code();
  }

  @Command(description = "Removes a task.")
  int delete(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--wait",
              paramLabel = "DURATION",
              description = "Wait so long for attempts that are under way, such as 10s.")
          @Nullable String wait) {
    try (Api api = root.api()) {
      api.call("DELETE", task(id).query("wait", wait), null, Map.of());
    }
    return Exit.OK.code();
  }

  @Command(description = "Says when a task is due next.")
  int next(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--count", defaultValue = "5", description = "How many; ${DEFAULT-VALUE}.")
          int count,
      @Option(names = "--from", paramLabel = "INSTANT", description = "From when; now.")
          @Nullable String from) {
    Address address = Address.of(task(id) + "/next").query("count", count).query("from", from);
    try (Api api = root.api()) {
      root.show(api.get(address), answer -> ScheduleCommands.print(root, answer));
    }
    return Exit.OK.code();
  }

  @Command(description = "Lists the runs of a task, the newest first.")
  int runs(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--limit", defaultValue = "20", description = "1 to 1000; ${DEFAULT-VALUE}.")
          int limit,
      @Option(names = "--cursor", description = "Where the page before said to go on.")
          @Nullable String cursor) {
    Address address = Address.of(task(id) + "/runs").query("limit", limit).query("cursor", cursor);
    try (Api api = root.api()) {
      root.show(
          api.get(address),
          answer -> {
            root.say(TaskPrinter.runs(answer.path("runs")));
            tellOfMore(answer);
          });
    }
    return Exit.OK.code();
  }

  @Command(description = "Says why a task did or did not run at an instant.")
  int explain(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--at", paramLabel = "INSTANT", description = "Which instant; now.")
          @Nullable String at) {
    Address address = Address.of(task(id) + "/explain").query("at", at);
    try (Api api = root.api()) {
      root.show(api.get(address), answer -> root.say(TaskPrinter.text(answer, "sentence")));
    }
    return Exit.OK.code();
  }

  @Command(description = "Writes tasks to standard output, one as JSON in each line.")
  int export(@Mixin Selection selection) {
    try (Api api = root.api()) {
      api.lines(
          "GET",
          selection.applyTo(Address.of("/api/v1/tasks/export")),
          "application/json",
          null,
          line -> root.around().out().println(line));
    }
    return Exit.OK.code();
  }

  private static Address task(String id) {
    return Address.of("/api/v1/tasks").segment(id);
  }
}
