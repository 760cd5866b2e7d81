package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes parts of a task: reads it, merges (RFC 7396), writes on condition that nobody else has
 * written meanwhile.
 */
final class PatchResource {
  private static final List<String> READ_ONLY =
      List.of("id", "state", "run_count", "next_due", "last_run", "create_time", "version");
  private static final Set<String> SCHEDULE_KINDS = Set.of("cron", "at", "every", "after");
  private static final Set<String> TARGET_KINDS = Set.of("http", "service", "shell", "handler");
  private static final Set<String> PLACES = Set.of("member", "group", "any", "broadcast");
  private static final String SHELL = "/target/shell";

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HttpConfig config;

  PatchResource(TaskGrid grid, Definitions definitions, HttpConfig config) {
    this.grid = grid;
    this.definitions = definitions;
    this.config = config;
  }

  void addTo(Router router) {
    router.on("PATCH", "/api/v1/tasks/{}", this::patch);
  }

  private void patch(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(true);
    String id = exchange.parameter(0);
    JsonNode patch = Json.tree(exchange.body());
    if (!patch.isObject()) {
      throw Problem.of(Code.MALFORMED, "a patch of a task is a JSON object");
    }
    for (String field : READ_ONLY) {
      if (patch.has(field)) {
        throw Problem.invalid(field, "is read-only");
      }
    }
    Conditions conditions = Conditions.of(exchange);
    if (!Task.validId(id)) {
      throw Call.notFound(id);
    }
    TaskResource.send(
        exchange, id, Call.triedAgain(() -> patched(exchange, id, patch, conditions)));
  }

  private @Nullable TaskRecord patched(
      Exchange exchange, String id, JsonNode patch, Conditions conditions) {
    TaskRecord current = Call.read(grid.read(id, false), exchange);
    if (current == null) {
      throw Call.notFound(id);
    }
    conditions.expectedVersion(current);
    Task patched = patched(current.task(id), patch);
    long now = exchange.nowMillis();
    long next = definitions.firstAgain(patched, current, now);
    Change change = new TaskChange.Replace(patched, now, next, current.version());
    Change.Applied applied = Call.write(grid.write(id, change), exchange, id);
    return conditions.present()
        ? Call.stored(applied, change, id)
        : Call.storedUnlessStale(applied, change, id);
  }

  private Task patched(Task task, JsonNode patch) {
    ObjectNode tree = (ObjectNode) Json.tree(definition(task));
    dropDefaults(tree, task);
    dropOtherKind(tree, patch, "schedule", SCHEDULE_KINDS);
    dropOtherKind(tree, patch, "target", TARGET_KINDS);
    dropOtherPlace(tree, patch);
    byte[] merged = Json.bytes(merge(tree, patch));
    Task result = new TaskReader(config.zone(), () -> task.id()).read(merged, 0, merged.length);
    return withUntouchedBody(task, result, patch);
  }

  private static byte[] definition(Task task) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          TaskWriter.writeDefinition(json, task, false);
          json.writeEndObject();
        });
  }

  /**
   * {@code {"at":…}} for a task with a cron replaces the schedule: by the letter it would make one
   * with both.
   */
  private static void dropOtherKind(
      ObjectNode tree, JsonNode patch, String member, Set<String> kinds) {
    JsonNode change = patch.get(member);
    JsonNode current = tree.get(member);
    if (change == null || current == null) {
      return;
    }
    for (String kind : kinds) {
      if (change.hasNonNull(kind) && !current.has(kind)) {
        tree.remove(member);
        return;
      }
    }
  }

  /**
   * What nobody chose is taken anew from what it depends on: the window from the kind of the
   * schedule, the longest backoff from the first one.
   */
  private static void dropDefaults(ObjectNode tree, Task task) {
    if (!(tree.get("policy") instanceof ObjectNode policy)) {
      return;
    }
    Duration window = Policy.defaultFor(task.schedule()).misfireWindow();
    if (Objects.equals(task.policy().misfireWindow(), window)) {
      policy.remove("misfire_window");
    }
    Policy.Retry retry = task.policy().retry();
    if (retry.maxBackoff().equals(PolicyReader.defaultBound(retry.backoff()))
        && policy.get("retry") instanceof ObjectNode of) {
      of.remove("max_backoff");
    }
  }

  /** {@code {"group":…}} for a command that might run anywhere: there is one place only. */
  private static void dropOtherPlace(ObjectNode tree, JsonNode patch) {
    JsonNode change = patch.at(SHELL);
    if (tree.at(SHELL) instanceof ObjectNode current
        && PLACES.stream().anyMatch(place -> chooses(change.path(place)))) {
      current.remove(PLACES);
    }
  }

  /** A place that is false or null is not chosen. */
  private static boolean chooses(JsonNode place) {
    return !place.isMissingNode()
        && !place.isNull()
        && !(place.isBoolean() && !place.booleanValue());
  }

  /** A body that the patch does not speak of keeps its text to the letter. */
  private static Task withUntouchedBody(Task before, Task after, JsonNode patch) {
    JsonNode target = patch.get("target");
    boolean spokenOf = target != null && (!target.isObject() || speaksOfBody(target.get("http")));
    if (spokenOf
        || !(before.target() instanceof Target.Http was)
        || !(after.target() instanceof Target.Http is)) {
      return after;
    }
    return after.withTarget(
        new Target.Http(is.url(), is.method(), is.headers(), was.body(), is.timeout()));
  }

  private static boolean speaksOfBody(@Nullable JsonNode http) {
    return http != null && (!http.isObject() || http.has("body"));
  }

  /** The function MergePatch of RFC 7396, section 2. */
  static JsonNode merge(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch;
    }
    ObjectNode merged =
        target instanceof ObjectNode object ? object : JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> change : changes.properties()) {
      if (change.getValue().isNull()) {
        merged.remove(change.getKey());
      } else {
        JsonNode current = merged.path(change.getKey());
        merged.set(change.getKey(), merge(current, change.getValue()));
      }
    }
    return merged;
  }
}
