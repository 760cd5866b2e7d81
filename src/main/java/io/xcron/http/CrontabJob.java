package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A job of cloud-org/crontab and the task that it is here. */
record CrontabJob(String name, String command, String expression) {
  /** Where its tasks live, apart from all others. */
  static final String NAMESPACE = "crontab";

  /** Its jobs have no timeout, so ours get the longest; a patch of the task sets another. */
  private static final Duration TIMEOUT = Target.MAX_TIMEOUT;

  /**
   * Reads what a form field holds.
   *
   * @throws InvalidTaskException if a part is missing or empty
   */
  static CrontabJob read(String json) {
    JsonNode tree = Json.tree(json.getBytes(StandardCharsets.UTF_8));
    if (!tree.isObject()) {
      throw Problem.of(Code.MALFORMED, "job must be a JSON object");
    }
    boolean console = tree.has("cronExpr") && !tree.has("cron_expr");
    return new CrontabJob(
        text(tree, "name"), text(tree, "command"), text(tree, console ? "cronExpr" : "cron_expr"));
  }

  private static String text(JsonNode tree, String field) {
    JsonNode value = tree.path(field);
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw new InvalidTaskException(field, "must be a text and not empty");
    }
    return value.textValue();
  }

  /** The id that a name has: the name itself where it may be one, else a digest of it. */
  static String idOf(String name) {
    String plain = NAMESPACE + ":" + name;
    return Task.validId(plain) ? plain : NAMESPACE + "~" + Draft.digest(name);
  }

  /** As the task shows it now. */
  static CrontabJob of(Task task) {
    String name = task.name();
    return new CrontabJob(
        name == null ? task.id() : name,
        task.target() instanceof Target.Shell shell ? shell.command() : "",
        task.schedule() instanceof Schedule.Cron cron ? cron.expression() : "");
  }

  Task newTask(ZoneId zone) {
    Draft draft = new Draft(idOf(name), schedule(zone), shell(null));
    draft.namespace = NAMESPACE;
    draft.name = name;
    return draft.task();
  }

  private Schedule schedule(ZoneId zone) {
    return new Schedule.Cron(expression, zone, Dialect.GORHILL, DstRule.DEFAULT);
  }

  private Target shell(@Nullable Target before) {
    return before instanceof Target.Shell known
        ? new Target.Shell(command, known.env(), known.place(), known.timeout())
        : new Target.Shell(command, Map.of(), new Target.Place.Any(), TIMEOUT);
  }

  /**
   * The task with this job's parts, and with all else that somebody has set through our own API.
   */
  Task over(Task task, ZoneId zone) {
    Schedule schedule =
        task.schedule() instanceof Schedule.Cron cron
            ? new Schedule.Cron(expression, cron.zone(), cron.dialect(), cron.dst())
            : schedule(zone);
    return task.withName(name).withSchedule(schedule).withTarget(shell(task.target()));
  }

  void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", name);
    json.writeStringField("command", command);
    json.writeStringField("cron_expr", expression);
    json.writeEndObject();
  }
}
