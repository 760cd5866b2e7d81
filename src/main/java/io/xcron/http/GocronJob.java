package io.xcron.http;

import io.xcron.model.Alert;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One row of gocron's table of jobs.
 *
 * @param line where it stands in the dump
 * @param size about how many characters it has
 * @param columns by name, in lower case; what is NULL or empty is left out
 */
record GocronJob(long line, int size, Map<String, String> columns) {
  private static final Duration HTTP_TIMEOUT = Duration.ofMinutes(5);
  private static final int MAX_NAME = 256;

  GocronJob {
    columns = Collections.unmodifiableMap(new HashMap<>(columns));
  }

  /**
   * The task that it is here.
   *
   * @throws InvalidTaskException naming the column that is wrong
   */
  Task task(ZoneId zone, long nowMillis) {
    String id = "gocron:" + required("jobid");
    String cmd = required("cmd");
    String kind = column("querytype", "other").toLowerCase(Locale.ROOT);
    // What is no URL has been given to a command of that name.
    boolean called =
        switch (kind) {
          case "curl", "wget" -> Definitions.afterScheme(cmd) > 0;
          default -> false;
        };
    Schedule schedule = new Schedule.Cron(required("rule"), zone, Dialect.UNIX, DstRule.DEFAULT);
    Draft draft =
        new Draft(
            id,
            schedule,
            called
                ? new Target.Http(cmd, "GET", Map.of(), null, HTTP_TIMEOUT)
                : new Target.Shell(cmd, Map.of(), place(), Target.MAX_TIMEOUT));
    String name = columns.get("job_name");
    draft.name = name == null ? null : Texts.upTo(MAX_NAME, name);
    draft.labels = labels(kind);
    draft.owner = owner();
    draft.enabled = column("state", "0").equals("1");
    draft.overlap = overlap();
    if (tellsOfSkips()) {
      draft.alertOn = Set.of(Alert.On.FAILURE, Alert.On.TIMEOUT, Alert.On.SKIP);
    }
    years(draft, zone, nowMillis);
    return draft.task();
  }

  private Target.Place place() {
    String group = columns.get("runat");
    return group == null ? new Target.Place.Any() : new Target.Place.Group(group);
  }

  /** What has no place of its own in a task, so that it can be asked for. */
  private Map<String, String> labels(String kind) {
    Map<String, String> labels = new HashMap<>();
    labels.put("import", "gocron");
    labels.put("querytype", kind);
    String group = columns.get("runat");
    if (group != null) {
      labels.put("runat", group);
    }
    return labels;
  }

  private @Nullable Owner owner() {
    Owner owner =
        new Owner(
            columns.get("author"),
            columns.get("admin_email"),
            columns.get("admin_mobile"),
            columns.get("remark"));
    return owner.equals(new Owner(null, null, null, null)) ? null : owner;
  }

  /** 1 gives the new run up, as 3 does without an alert; 2 ends the old one; 4 runs both. */
  private Policy.Overlap overlap() {
    return switch (column("overflow", "1")) {
      case "0", "1", "3" -> Policy.Overlap.SKIP;
      case "2" -> Policy.Overlap.REPLACE;
      case "4" -> Policy.Overlap.ALLOW;
      default -> throw new InvalidTaskException("overflow", "must lie between 1 and 4");
    };
  }

  private boolean tellsOfSkips() {
    return switch (column("overflow", "1")) {
      case "0", "1" -> true;
      default -> false;
    };
  }

  /** 1 is every year, 2 this year; a year may also be named. */
  private void years(Draft draft, ZoneId zone, long nowMillis) {
    String text = column("runyear", "1");
    if (text.equals("0") || text.equals("1") || text.equals("*")) {
      return;
    }
    int year;
    if (text.equals("2")) {
      year = Instant.ofEpochMilli(nowMillis).atZone(zone).getYear();
    } else if (text.length() == 4 && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      year = Integer.parseInt(text);
      draft.start = LocalDate.of(year, 1, 1).atStartOfDay(zone).toInstant();
    } else {
      throw new InvalidTaskException("runyear", "must be 1 (every year), 2 (this year) or a year");
    }
    draft.end = LocalDate.of(year + 1, 1, 1).atStartOfDay(zone).toInstant().minusMillis(1);
  }

  private String column(String name, String otherwise) {
    return columns.getOrDefault(name, otherwise);
  }

  private String required(String name) {
    String value = columns.get(name);
    if (value == null) {
      throw new InvalidTaskException(name, "is missing");
    }
    return value;
  }
}
