package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Services and calendars: what is kept under a name, as a JSON document. */
@Command(synopsisSubcommandLabel = "COMMAND")
final class RegisteredCommands {
  private final Root root;
  private final String plural;

  private RegisteredCommands(Root root, String plural) {
    this.root = root;
    this.plural = plural;
  }

  static CommandLine services(Root root) {
    return named("service", "Services: the nodes that are called for a name.", root, "services");
  }

  static CommandLine calendars(Root root) {
    return named("calendar", "Calendars: days on which tasks do not run.", root, "calendars");
  }

  private static CommandLine named(String name, String what, Root root, String plural) {
    CommandLine line = new CommandLine(new RegisteredCommands(root, plural)).setCommandName(name);
    line.getCommandSpec().usageMessage().description(what);
    return line;
  }

  @Command(description = "Lists all.")
  int list() {
    try (Api api = root.api()) {
      root.show(
          api.get(Address.of("/api/v1/" + plural)),
          answer -> {
            Table table = new Table("NAME", "DEFINITION");
            for (JsonNode each : answer.path(plural)) {
              table.row(TaskPrinter.text(each, "name"), summary(each));
            }
            root.say(table);
          });
    }
    return Exit.OK.code();
  }

  private static String summary(JsonNode each) {
    StringBuilder words = new StringBuilder();
    for (JsonNode node : each.path("nodes")) {
      words
          .append(words.isEmpty() ? "" : " ")
          .append(TaskPrinter.text(node, "url"))
          .append(node.path("healthy").asBoolean() ? "" : " (unhealthy)");
    }
    if (each.has("zone")) {
      words.append(TaskPrinter.text(each, "zone")).append(" without ");
      words.append(each.path("exclude_days")).append(' ').append(each.path("exclude"));
    }
    return words.isEmpty() ? "-" : words.toString();
  }

  @Command(description = "Shows one, as JSON.")
  int get(@Parameters(paramLabel = "NAME") String name) {
    try (Api api = root.api()) {
      root.show(api.get(of(name)), answer -> root.around().out().println(answer.toPrettyString()));
    }
    return Exit.OK.code();
  }

  @Command(description = "Creates or replaces one.")
  int put(
      @Parameters(paramLabel = "NAME") String name,
      @Parameters(paramLabel = "FILE", description = "Its JSON; - is standard input.")
          String file) {
    JsonNode document = root.readJson(file);
    try (Api api = root.api()) {
      root.show(api.call("PUT", of(name), document, Map.of()), answer -> root.say(name));
    }
    return Exit.OK.code();
  }

  @Command(description = "Removes one.")
  int delete(@Parameters(paramLabel = "NAME") String name) {
    try (Api api = root.api()) {
      api.call("DELETE", of(name), null, Map.of());
    }
    return Exit.OK.code();
  }

  private Address of(String name) {
    return Address.of("/api/v1/" + plural).segment(name);
  }
}
