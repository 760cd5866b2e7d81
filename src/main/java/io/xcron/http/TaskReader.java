package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a task from JSON, straight from the parser's events. A missing field and a null take the
 * default; an unknown field is refused by name; the read-only fields of an answer are passed over,
 * so that what was read can be sent back; an import asks for the state. One reader serves one
 * document after the other, on one thread.
 */
final class TaskReader {
  static final Words<Dialect> DIALECTS = new Words<>(Dialect.class);
  static final Words<DstRule.Gap> GAPS = new Words<>(DstRule.Gap.class);
  static final Words<DstRule.Overlap> OVERLAPS = new Words<>(DstRule.Overlap.class);

  private final ZoneId defaultZone;
  private final Supplier<String> ids;
  private byte[] document = new byte[0];
  private int offset;
  private boolean ownId;
  private @Nullable String state;

  /**
   * A reader.
   *
   * @param defaultZone for a cron text that names none
   * @param ids gives an id to a task that brings none
   */
  TaskReader(ZoneId defaultZone, Supplier<String> ids) {
    this.defaultZone = defaultZone;
    this.ids = ids;
  }

  /** Whether the task read last brought its own id. */
  boolean ownId() {
    return ownId;
  }

  /** The state that the task read last was said to have; null when nothing was said. */
  @Nullable String state() {
    return state;
  }

  /** Reads one document, which must hold one task and nothing else. */
  Task read(byte[] bytes, int from, int length) {
    document = bytes;
    offset = from;
    ownId = false;
    state = null;
    try (JsonParser json = Json.parser(bytes, from, length)) {
      JsonToken first = json.nextToken();
      if (first != JsonToken.START_OBJECT) {
        throw Problem.of(
            Code.MALFORMED,
            first == null
                ? "the body is empty, and a task is expected"
                : "a task is a JSON object");
      }
      Task task = readTask(json);
      if (json.nextToken() != null) {
        throw Problem.of(Code.MALFORMED, "something follows the end of the task");
      }
      return task;
    } catch (IOException e) {
      throw Json.malformed(e);
    }
  }

  private Task readTask(JsonParser json) throws IOException {
    String id = null;
    String namespace = Task.DEFAULT_NAMESPACE;
    String name = null;
    Map<String, String> labels = Map.of();
    Owner owner = null;
    Schedule schedule = null;
    Instant start = null;
    Instant end = null;
    long maxRuns = 0;
    Duration jitter = Duration.ZERO;
    String calendar = null;
    boolean enabled = true;
    Duration deleteAfter = null;
    Target target = null;
    PolicyReader policy = null;
    io.xcron.model.Alert alert = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      if (json.nextToken() == JsonToken.VALUE_NULL) {
        requireKnown(field);
        continue;
      }
      switch (field) {
        case "id" -> id = In.text(json, field);
        case "namespace" -> namespace = In.text(json, field);
        case "name" -> name = In.text(json, field);
        case "labels" -> labels = In.texts(json, field);
        case "owner" -> owner = readOwner(json);
        case "schedule" -> schedule = readSchedule(json, defaultZone);
        case "start" -> start = In.instant(json, field);
        case "end" -> end = In.instant(json, field);
        case "max_runs" -> maxRuns = In.number(json, field, 1, Long.MAX_VALUE);
        case "jitter" -> jitter = In.duration(json, field);
        case "calendar" -> calendar = In.text(json, field);
        case "enabled" -> enabled = In.truth(json, field);
        case "delete_after" -> deleteAfter = In.duration(json, field);
        case "target" -> target = new TargetReader(document, offset).read(json);
        case "policy" -> policy = new PolicyReader().read(json);
        case "alert" -> alert = PolicyReader.readAlert(json);
        case "state" -> {
          state = json.currentToken() == JsonToken.VALUE_STRING ? json.getText() : null;
          json.skipChildren();
        }
        case "run_count", "next_due", "last_run", "create_time", "version" -> json.skipChildren();
        default -> throw In.unknown(field);
      }
    }
    if (schedule == null && policy != null && policy.follows()) {
      schedule = new Schedule.Chained();
    }
    if (schedule == null) {
      throw new InvalidTaskException("schedule", "is missing");
    }
    if (target == null) {
      throw new InvalidTaskException("target", "is missing");
    }
    ownId = id != null;
    return new Task(
        id == null ? ids.get() : id,
        namespace,
        name,
        labels,
        owner,
        schedule,
        start,
        end,
        maxRuns,
        jitter,
        calendar,
        enabled,
        deleteAfter,
        target,
        policy == null ? Policy.defaultFor(schedule) : policy.policyFor(schedule),
        alert);
  }

  private static void requireKnown(String field) {
    switch (field) {
      case "id",
          "namespace",
          "name",
          "labels",
          "owner",
          "schedule",
          "start",
          "end",
          "max_runs",
          "jitter",
          "calendar",
          "enabled",
          "delete_after",
          "target",
          "policy",
          "alert",
          "state",
          "run_count",
          "next_due",
          "last_run",
          "create_time",
          "version" -> {}
      default -> throw In.unknown(field);
    }
  }

  private static Owner readOwner(JsonParser json) throws IOException {
    In.requireObject(json, "owner");
    String author = null;
    String email = null;
    String mobile = null;
    String remark = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      json.nextToken();
      switch (field) {
        case "author" -> author = In.optionalText(json, "owner.author");
        case "email" -> email = In.optionalText(json, "owner.email");
        case "mobile" -> mobile = In.optionalText(json, "owner.mobile");
        case "remark" -> remark = In.optionalText(json, "owner.remark");
        default -> throw In.unknown("owner." + field);
      }
    }
    return new Owner(author, email, mobile, remark);
  }

  /** Reads the object of a schedule that the parser stands at. */
  static Schedule readSchedule(JsonParser json, ZoneId defaultZone) throws IOException {
    In.requireObject(json, "schedule");
    String cron = null;
    Schedule other = null;
    int kinds = 0;
    ZoneId zone = null;
    Dialect dialect = null;
    DstRule dst = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "cron" -> {
          cron = none ? null : In.text(json, "schedule.cron");
          kinds += none ? 0 : 1;
        }
        case "at" -> {
          other = none ? other : new Schedule.At(In.instant(json, "schedule.at"));
          kinds += none ? 0 : 1;
        }
        case "every" -> {
          other = none ? other : new Schedule.Every(In.duration(json, "schedule.every"));
          kinds += none ? 0 : 1;
        }
        case "after" -> {
          other = none ? other : new Schedule.After(In.duration(json, "schedule.after"));
          kinds += none ? 0 : 1;
        }
        case "zone" -> zone = none ? null : zone(In.text(json, "schedule.zone"));
        case "dialect" ->
            dialect =
                none ? null : DIALECTS.parse("schedule.dialect", In.text(json, "schedule.dialect"));
        case "dst" -> dst = none ? null : readDst(json);
        default -> throw In.unknown("schedule." + field);
      }
    }
    if (kinds != 1) {
      throw new InvalidTaskException("schedule", "must have exactly one of cron, at, every, after");
    }
    if (cron != null) {
      return new Schedule.Cron(
          cron,
          zone == null ? defaultZone : zone,
          dialect == null ? Dialect.UNIX : dialect,
          dst == null ? DstRule.DEFAULT : dst);
    }
    if (other == null) {
      throw new InvalidTaskException("schedule", "must have exactly one of cron, at, every, after");
    }
    if (zone != null || dialect != null || dst != null) {
      throw new InvalidTaskException(
          zone != null ? "schedule.zone" : dialect != null ? "schedule.dialect" : "schedule.dst",
          "goes with cron only");
    }
    return other;
  }

  static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new InvalidTaskException(
          "schedule.zone",
          "must be a zone such as Asia/Shanghai, UTC or +08:00, not \"" + Texts.clip(text) + "\"");
    }
  }

  private static DstRule readDst(JsonParser json) throws IOException {
    In.requireObject(json, "schedule.dst");
    DstRule.Gap gap = DstRule.DEFAULT.gap();
    DstRule.Overlap overlap = DstRule.DEFAULT.overlap();
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "gap" ->
            gap = none ? gap : GAPS.parse("schedule.dst.gap", In.text(json, "schedule.dst.gap"));
        case "overlap" ->
            overlap =
                none
                    ? overlap
                    : OVERLAPS.parse("schedule.dst.overlap", In.text(json, "schedule.dst.overlap"));
        default -> throw In.unknown("schedule.dst." + field);
      }
    }
    return new DstRule(gap, overlap);
  }
}
