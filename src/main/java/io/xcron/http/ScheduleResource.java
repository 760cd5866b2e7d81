package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Schedule;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.CompiledSchedule;
import io.xcron.schedule.Timeline;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * When a task, or a schedule that is not stored anywhere, fires next, and its schedule in words.
 */
final class ScheduleResource {
  private static final Pattern MILLIS = Pattern.compile("(\\d{1,13})(?:[.]\\d{1,20})?");
  private static final HeaderName ACCEPT_LANGUAGE = HeaderNames.ACCEPT_LANGUAGE;
  private static final int MAX_COUNT = 1_000;
  private static final int DEFAULT_COUNT = 5;

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HttpConfig config;

  ScheduleResource(TaskGrid grid, Definitions definitions, HttpConfig config) {
    this.grid = grid;
    this.definitions = definitions;
    this.config = config;
  }

  void addTo(Router router) {
    router
        .on("GET", "/api/v1/tasks/{}/next", this::next)
        .on("POST", "/api/v1/schedules/preview", this::preview);
  }

  private void next(Exchange exchange) {
    Query query = exchange.query();
    query.allowOnly("count", "from", "stale");
    String id = exchange.parameter(0);
    int count = query.number("count", 1, MAX_COUNT, DEFAULT_COUNT);
    String given = query.get("from");
    long from = given == null ? exchange.nowMillis() : instant("from", given);
    boolean stale = query.flag("stale");
    TaskRecord record = Task.validId(id) ? Call.read(grid.read(id, stale), exchange) : null;
    if (record == null) {
      throw Call.notFound(id);
    }
    Task task = record.task(id);
    long left = task.maxRuns() == 0 ? count : Math.max(0, task.maxRuns() - record.delivered());
    send(
        exchange,
        definitions.timeline(task, record.createdMillis()),
        from,
        (int) Math.min(count, left));
  }

  /** An instant, or milliseconds since 1970. */
  static long instant(String field, String text) {
    Matcher millis = MILLIS.matcher(text);
    if (millis.matches()) {
      long given = Long.parseLong(millis.group(1));
      if (given > Texts.LAST_MILLIS) {
        throw Texts.outOfRange(field);
      }
      return given;
    }
    // A plus that was not escaped arrives as a space.
    return Texts.parseInstant(field, text.replace(' ', '+')).toEpochMilli();
  }

  private void preview(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    Preview asked = Json.object(exchange.body(), this::readPreview);
    Instant from = asked.from();
    long fromMillis = from == null ? exchange.nowMillis() : from.toEpochMilli();
    CompiledSchedule compiled = definitions.compiled(asked.schedule());
    send(exchange, Timeline.of(compiled, null, null, fromMillis), fromMillis, asked.count());
  }

  private record Preview(Schedule schedule, @Nullable Instant from, int count) {}

  private Preview readPreview(JsonParser json) throws IOException {
    Schedule schedule = null;
    Instant from = null;
    long count = DEFAULT_COUNT;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "schedule" -> schedule = none ? null : TaskReader.readSchedule(json, config.zone());
        case "from" -> from = In.optionalInstant(json, "from");
        case "count" -> count = none ? count : In.number(json, "count", 1, MAX_COUNT);
        default -> throw In.unknown(field);
      }
    }
    if (schedule == null) {
      throw new InvalidTaskException("schedule", "is missing");
    }
    return new Preview(schedule, from, (int) count);
  }

  private static void send(Exchange exchange, Timeline timeline, long fromMillis, int count) {
    List<String> instants = new ArrayList<>(count);
    long at = timeline.first(fromMillis);
    // A one-shot says its instant whenever it is.
    while (at != Timeline.NONE && instants.size() < count) {
      if (at >= fromMillis) {
        instants.add(Texts.instant(at));
      }
      at = timeline.countsFromEnd() ? timeline.nextAfterRun(at) : timeline.next(at);
    }
    String description = timeline.schedule().describe(language(exchange));
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("description", description);
              json.writeArrayFieldStart("next");
              for (String instant : instants) {
                json.writeString(instant);
              }
              json.writeEndArray();
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  /** The language that the caller wants most; English when he says nothing. */
  static Locale language(Exchange exchange) {
    @Nullable String accepted = exchange.header(ACCEPT_LANGUAGE);
    if (accepted == null || accepted.length() > 256) {
      return Locale.ENGLISH;
    }
    try {
      List<Locale.LanguageRange> ranges = Locale.LanguageRange.parse(accepted);
      String first = ranges.isEmpty() ? "*" : ranges.getFirst().getRange();
      return first.equals("*") ? Locale.ENGLISH : Locale.forLanguageTag(first);
    } catch (IllegalArgumentException e) {
      return Locale.ENGLISH;
    }
  }
}
