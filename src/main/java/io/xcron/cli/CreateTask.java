package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code task create}: from options, or from a file that options change. */
@Command(
    name = "create",
    description = {
      "Creates a task and prints its id.",
      "With --id an existing task is refused, unless --replace is given."
    })
final class CreateTask implements Callable<Integer> {
  private final Root root;

  @Option(
      names = {"-f", "--file"},
      description = "The task as JSON; - is standard input.")
  @Nullable String file;

  @Option(names = "--id", description = "An id of your own.")
  @Nullable String id;

  @Option(names = "--replace", description = "Replace the task of this id if there is one.")
  boolean replace;

  @Option(
      names = "--idempotency-key",
      paramLabel = "KEY",
      description = "Create once for this key, within a day.")
  @Nullable String key;

  @Option(names = "--name", description = "What people call it.")
  @Nullable String name;

  @Option(names = "--namespace", description = "Where it belongs; default.")
  @Nullable String namespace;

  @Option(names = "--label", paramLabel = "NAME:VALUE", description = "May be repeated.")
  @Nullable List<String> labels;

  @Mixin ScheduleOptions schedule = new ScheduleOptions();

  @Option(names = "--call", paramLabel = "URL", description = "What is called.")
  @Nullable String call;

  @Option(names = "--method", description = "Of the call; POST.")
  @Nullable String method;

  @Option(
      names = "--header",
      paramLabel = "NAME:VALUE",
      description = "Of the call; may be repeated.")
  @Nullable List<String> headers;

  @Option(names = "--body", paramLabel = "JSON", description = "Of the call.")
  @Nullable String body;

  @Option(
      names = "--command",
      paramLabel = "TEXT",
      description = "A shell command, instead of a call.")
  @Nullable String command;

  @Option(names = "--timeout", paramLabel = "DURATION", description = "Of the call or the command.")
  @Nullable String timeout;

  CreateTask(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    ObjectNode task = task();
    String own = task.hasNonNull("id") ? task.path("id").asText() : null;
    if (replace && own == null) {
      throw new CommandFailure(Exit.USAGE, "--replace needs the task's id");
    }
    Map<String, String> more = new LinkedHashMap<>();
    if (key != null) {
      more.put("Idempotency-Key", key);
    }
    Address tasks = Address.of("/api/v1/tasks");
    try (Api api = root.api()) {
      JsonNode created =
          own != null && replace
              ? api.call("PUT", tasks.segment(own), task, more)
              : api.call("POST", tasks, task, more);
      root.show(created, answer -> root.say(TaskPrinter.text(answer, "id")));
    }
    return Exit.OK.code();
  }

  private ObjectNode task() {
    ObjectNode task = Api.JSON.createObjectNode();
    if (file != null) {
      if (!(root.readJson(file) instanceof ObjectNode read)) {
        throw new CommandFailure(Exit.USAGE, file + " must hold one task, a JSON object");
      }
      task = read;
    }
    put(task, "id", id);
    put(task, "name", name);
    put(task, "namespace", namespace);
    if (labels != null) {
      pairs(task.putObject("labels"), "--label", labels);
    }
    if (schedule.given() || file == null) {
      task.set("schedule", schedule.json());
    }
    if (call != null || command != null || file == null) {
      task.set("target", target());
    }
    return task;
  }

  private ObjectNode target() {
    ObjectNode target = Api.JSON.createObjectNode();
    if ((call == null) == (command == null)) {
      throw new CommandFailure(Exit.USAGE, "give one of --call and --command");
    }
    if (call == null) {
      ObjectNode shell = target.putObject("shell");
      put(shell, "command", command);
      put(shell, "timeout", timeout);
      return target;
    }
    ObjectNode http = target.putObject("http");
    put(http, "url", call);
    put(http, "method", method);
    put(http, "timeout", timeout);
    if (headers != null) {
      pairs(http.putObject("headers"), "--header", headers);
    }
    if (body != null) {
      http.set("body", Root.argumentJson("--body", body));
    }
    return target;
  }

  private static void put(ObjectNode node, String name, @Nullable String value) {
    if (value != null) {
      node.put(name, value);
    }
  }

  private static void pairs(ObjectNode node, String option, List<String> pairs) {
    for (String pair : pairs) {
      int colon = pair.indexOf(':');
      if (colon <= 0) {
        throw new CommandFailure(Exit.USAGE, option + " must be NAME:VALUE, not " + pair);
      }
      node.put(pair.substring(0, colon).strip(), pair.substring(colon + 1).strip());
    }
  }
}
