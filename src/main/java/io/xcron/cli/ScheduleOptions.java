package io.xcron.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** When a task is due, as options. What they may hold is for the member to say. */
final class ScheduleOptions {
  @Option(
      names = "--cron",
      description = "A cron text, such as '0 1 * * *'; six fields have seconds first.")
  @Nullable String cron;

  @Option(
      names = "--at",
      paramLabel = "INSTANT",
      description = "Once: RFC 3339, or epoch milliseconds.")
  @Nullable String at;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      description = "At a fixed rate, such as 10s or 1h30m.")
  @Nullable String every;

  @Option(
      names = "--after",
      paramLabel = "DURATION",
      description = "So long after the end of the last run.")
  @Nullable String after;

  @Option(names = "--zone", description = "Of the cron text, such as Asia/Shanghai.")
  @Nullable String zone;

  @Option(names = "--dialect", description = "Of the cron text: unix, gorhill or quartz.")
  @Nullable String dialect;

  boolean given() {
    return cron != null || at != null || every != null || after != null;
  }

  ObjectNode json() {
    ObjectNode schedule = Api.JSON.createObjectNode();
    String instant = at;
    if (instant != null && !instant.isEmpty() && instant.chars().allMatch(Character::isDigit)) {
      schedule.put("at", Long.parseLong(instant));
    } else {
      put(schedule, "at", instant);
    }
    put(schedule, "cron", cron);
    put(schedule, "every", every);
    put(schedule, "after", after);
    if (schedule.size() != 1) {
      throw new CommandFailure(Exit.USAGE, "give one of --cron, --at, --every and --after");
    }
    put(schedule, "zone", zone);
    put(schedule, "dialect", dialect);
    return schedule;
  }

  private static void put(ObjectNode schedule, String name, @Nullable String value) {
    if (value != null) {
      schedule.put(name, value);
    }
  }
}
