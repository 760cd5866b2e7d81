package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Schedules without a task. */
@Command(
    name = "schedule",
    description = "Shows what a schedule means.",
    synopsisSubcommandLabel = "COMMAND")
final class ScheduleCommands {
  private final Root root;

  ScheduleCommands(Root root) {
    this.root = root;
  }

  @Command(description = "Says a schedule in words, and when it is due next.")
  int preview(
      @Mixin ScheduleOptions schedule,
      @Option(names = "--count", defaultValue = "5", description = "How many; ${DEFAULT-VALUE}.")
          int count,
      @Option(names = "--from", paramLabel = "INSTANT", description = "From when; now.")
          @Nullable String from) {
    ObjectNode body = Api.JSON.createObjectNode();
    body.set("schedule", schedule.json());
    body.put("count", count);
    if (from != null) {
      body.put("from", from);
    }
    try (Api api = root.api()) {
      root.show(
          api.post(Address.of("/api/v1/schedules/preview"), body), answer -> print(root, answer));
    }
    return Exit.OK.code();
  }

  static void print(Root root, JsonNode answer) {
    root.say(TaskPrinter.text(answer, "description"));
    answer.path("next").forEach(instant -> root.say(instant.asText()));
  }
}
