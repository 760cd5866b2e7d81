package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.helidon.http.Status;
import io.xcron.grid.Registry;
import io.xcron.model.DefinitionCodec;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.WorkCalendar;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Calendars of days on which tasks that name them do not run. */
final class CalendarResource {
  private static final Words<WorkCalendar.OnExcluded> ON_EXCLUDED =
      new Words<>(WorkCalendar.OnExcluded.class);

  private final Registered registered;
  private final HttpConfig config;

  CalendarResource(Registered registered, HttpConfig config) {
    this.registered = registered;
    this.config = config;
  }

  void addTo(Router router) {
    router
        .on("GET", "/api/v1/calendars", this::list)
        .on("GET", "/api/v1/calendars/{}", this::get)
        .on("PUT", "/api/v1/calendars/{}", this::put)
        .on("DELETE", "/api/v1/calendars/{}", this::delete);
  }

  private void list(Exchange exchange) {
    exchange.query().allowOnly("stale");
    registered.refresh(exchange, exchange.query().flag("stale"));
    Map<String, byte[]> all = registered.registry().all(Registry.Kind.CALENDAR);
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart("calendars");
              for (Map.Entry<String, byte[]> entry : all.entrySet()) {
                json.writeStartObject();
                json.writeStringField("name", entry.getKey());
                writeFields(json, DefinitionCodec.calendar(entry.getValue()));
                json.writeEndObject();
              }
              json.writeEndArray();
              json.writeNullField("next_cursor");
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private void get(Exchange exchange) {
    exchange.query().allowOnly("stale");
    String name = exchange.parameter(0);
    registered.refresh(exchange, exchange.query().flag("stale"));
    byte[] bytes = registered.registry().get(Registry.Kind.CALENDAR, name);
    if (bytes == null) {
      throw notFound(name);
    }
    exchange.send(Status.OK_200, Exchange.JSON, document(DefinitionCodec.calendar(bytes)));
  }

  private void put(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    String name = Registered.requireName(exchange.parameter(0));
    WorkCalendar calendar = Json.object(exchange.body(), json -> read(json, name));
    registered.refresh(exchange, false);
    boolean created = registered.registry().get(Registry.Kind.CALENDAR, name) == null;
    byte[] content = DefinitionCodec.encode(calendar);
    Registered.done(registered.registry().put(Registry.Kind.CALENDAR, name, content), exchange);
    exchange.send(created ? Status.CREATED_201 : Status.OK_200, Exchange.JSON, document(calendar));
  }

  private void delete(Exchange exchange) {
    exchange.query().allowOnly();
    String name = exchange.parameter(0);
    if (!Registered.written(registered.registry().remove(Registry.Kind.CALENDAR, name), exchange)) {
      throw notFound(name);
    }
    exchange.send(Status.NO_CONTENT_204);
  }

  private static Problem notFound(String name) {
    return Problem.of(Code.NOT_FOUND, "there is no calendar " + Texts.clip(name));
  }

  private WorkCalendar read(JsonParser json, String name) throws IOException {
    ZoneId zone = config.zone();
    Set<LocalDate> exclude = Set.of();
    Set<DayOfWeek> excludeDays = Set.of();
    Set<LocalDate> include = Set.of();
    WorkCalendar.OnExcluded onExcluded = WorkCalendar.OnExcluded.SKIP;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "name" -> ServiceResource.requireSame(name, In.text(json, field));
        case "zone" -> zone = none ? zone : zone(In.text(json, field));
        case "exclude" -> exclude = none ? exclude : dates(json, field);
        case "exclude_days" -> excludeDays = none ? excludeDays : days(json, field);
        case "include" -> include = none ? include : dates(json, field);
        case "on_excluded" ->
            onExcluded = none ? onExcluded : ON_EXCLUDED.parse(field, In.text(json, field));
        default -> throw In.unknown(field);
      }
    }
    return new WorkCalendar(zone, exclude, excludeDays, include, onExcluded);
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new InvalidTaskException(
          "zone",
          "must be a zone such as Asia/Shanghai, UTC or +08:00, not \"" + Texts.clip(text) + "\"");
    }
  }

  private static Set<LocalDate> dates(JsonParser json, String field) throws IOException {
    Set<LocalDate> dates = new HashSet<>();
    for (String text : In.list(json, field)) {
      try {
        dates.add(LocalDate.parse(text));
      } catch (DateTimeException e) {
        throw new InvalidTaskException(
            field, "must hold dates such as 2026-12-25, not \"" + Texts.clip(text) + "\"");
      }
    }
    return dates;
  }

  private static Set<DayOfWeek> days(JsonParser json, String field) throws IOException {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (String text : In.list(json, field)) {
      days.add(day(field, text));
    }
    return days;
  }

  private static DayOfWeek day(String field, String text) {
    String word = text.toUpperCase(Locale.ROOT);
    for (DayOfWeek day : DayOfWeek.values()) {
      if (word.equals(day.name()) || word.equals(shortName(day))) {
        return day;
      }
    }
    throw new InvalidTaskException(
        field,
        "must hold days of MON, TUE, WED, THU, FRI, SAT, SUN, not \"" + Texts.clip(text) + "\"");
  }

  private static String shortName(DayOfWeek day) {
    return day.name().substring(0, 3);
  }

  private static byte[] document(WorkCalendar calendar) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          writeFields(json, calendar);
          json.writeEndObject();
        });
  }

  private static void writeFields(JsonGenerator json, WorkCalendar calendar) throws IOException {
    json.writeStringField("zone", calendar.zone().getId());
    writeTexts(json, "exclude", dates(calendar.exclude()));
    writeTexts(
        json,
        "exclude_days",
        new TreeSet<>(calendar.excludeDays()).stream().map(CalendarResource::shortName).toList());
    writeTexts(json, "include", dates(calendar.include()));
    json.writeStringField("on_excluded", ON_EXCLUDED.word(calendar.onExcluded()));
  }

  private static List<String> dates(Set<LocalDate> dates) {
    return new TreeSet<>(dates).stream().map(LocalDate::toString).toList();
  }

  private static void writeTexts(JsonGenerator json, String field, List<String> texts)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }
}
