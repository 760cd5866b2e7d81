package io.xcron.http;

import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.history.RunHistory;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.model.WorkCalendar;
import io.xcron.schedule.Timeline;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a task did, or did not, run at an instant. */
final class ExplainResource {
  private static final int PAGE = 1_000;

  /** Pages of history that are looked through, from the newest on. */
  private static final int PAGES = 20;

  /** A run may have been due this long before it ran: no older one is looked for. */
  private static final long LONGEST_RUN_MILLIS = 24L * 3_600_000;

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HistoryParts parts;

  ExplainResource(TaskGrid grid, Definitions definitions, HistoryParts parts) {
    this.grid = grid;
    this.definitions = definitions;
    this.parts = parts;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/tasks/{}/explain", this::explain);
  }

  private void explain(Exchange exchange) {
    exchange.query().allowOnly("at", "stale");
    String id = RunResource.requireId(exchange);
    String given = exchange.query().get("at");
    long now = exchange.nowMillis();
    long at = given == null ? now : ScheduleResource.instant("at", given);
    TaskRecord record = Call.read(grid.read(id, exchange.query().flag("stale")), exchange);
    if (record == null) {
      throw Call.notFound(id);
    }
    Task task = record.task(id);
    Timeline timeline = definitions.timeline(task, record.createdMillis());
    RunRecord run = at > now ? null : recorded(exchange, id, at);
    long next = Timeline.nextDueMillis(id, record);
    String name = task.calendar();
    WorkCalendar calendar = name == null ? null : parts.calendars().calendar(name);
    Explanation explanation =
        run != null
            ? Explanation.of(run, task, next, at)
            : Explanation.of(
                new Explanation.Case(record, task, timeline, calendar, at, now, given == null));
    send(exchange, explanation, timeline);
  }

  /** The record that speaks of the instant; of several, the one that was due then. */
  private @Nullable RunRecord recorded(Exchange exchange, String id, long at) {
    RunRecord ran = null;
    String cursor = null;
    for (int page = 0; page < PAGES; page++) {
      RunHistory.Page found = Call.read(parts.runs().runs(id, cursor, PAGE), exchange);
      for (RunRecord run : found.runs()) {
        if (Explanation.covers(run, at)) {
          if (run.scheduledMillis() >= at || run.dueMillis() == at) {
            return run;
          }
          ran = ran == null ? run : ran;
        }
        if (run.scheduledMillis() < at - LONGEST_RUN_MILLIS) {
          return ran;
        }
      }
      cursor = found.nextCursor();
      if (cursor == null || exchange.overdue()) {
        return ran;
      }
    }
    return ran;
  }

  private static void send(Exchange exchange, Explanation of, Timeline timeline) {
    Locale asked = ScheduleResource.language(exchange);
    boolean chinese = asked.getLanguage().equals("zh");
    String schedule = timeline.schedule().describe(chinese ? asked : Locale.ENGLISH);
    String sentence = ExplainWords.sentence(of, schedule, chinese);
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("task_id", of.task().id());
              TaskWriter.writeMillis(json, "at", of.atMillis());
              json.writeStringField("verdict", VERDICTS.word(of.verdict()));
              json.writeStringField("sentence", sentence);
              json.writeStringField("language", chinese ? "zh" : "en");
              TaskWriter.writeMillis(json, "scheduled", orZero(of.scheduledMillis()));
              TaskWriter.writeMillis(json, "due", orZero(of.dueMillis()));
              TaskWriter.writeMillis(json, "next_due", orZero(of.nextMillis()));
              json.writeFieldName("run");
              RunRecord run = of.run();
              if (run == null) {
                json.writeNull();
              } else {
                RunWriter.write(json, run);
              }
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private static final Words<Verdict> VERDICTS = new Words<>(Verdict.class);

  private static long orZero(long millis) {
    return millis == Timeline.NONE ? 0 : millis;
  }
}
