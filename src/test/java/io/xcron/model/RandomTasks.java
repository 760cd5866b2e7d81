package io.xcron.model;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Tasks and progress with anything in them that the format knows. */
final class RandomTasks {
  private RandomTasks() {}

  static Task task(Random random) {
    Schedule schedule = schedule(random);
    boolean chained = schedule instanceof Schedule.Chained;
    return new Task(
        "task-" + random.nextInt(),
        random.nextBoolean() ? "default" : "ns" + random.nextInt(9),
        random.nextBoolean() ? null : "nämé " + random.nextInt(),
        random.nextBoolean() ? Map.of() : Map.of("a", "" + random.nextInt(), "b", ""),
        random.nextInt(4) > 0 ? null : new Owner("x", null, "12", "清算"),
        schedule,
        random.nextInt(4) > 0 ? null : Instant.ofEpochMilli(random.nextLong(1L << 42)),
        random.nextInt(4) > 0 ? null : Limits.LAST_INSTANT,
        random.nextInt(4) > 0 ? 0 : random.nextLong(1L << 40),
        chained || random.nextInt(4) > 0
            ? Duration.ZERO
            : Duration.ofMillis(random.nextInt(10_000)),
        chained || random.nextInt(4) > 0 ? null : "holidays",
        random.nextInt(4) > 0,
        random.nextInt(4) > 0 ? null : Duration.ofDays(random.nextInt(30)),
        target(random),
        random.nextBoolean() && !chained ? Policy.defaultFor(schedule) : policy(random, chained),
        random.nextInt(4) > 0
            ? null
            : new Alert(Set.of(Alert.On.TIMEOUT, Alert.On.FAILURE), List.of("a@b"), "http://w"));
  }

  private static <T> T pick(Random random, T[] values) {
    return values[random.nextInt(values.length)];
  }

  private static Schedule schedule(Random random) {
    return switch (random.nextInt(5)) {
      case 4 -> new Schedule.Chained();
      case 0 -> new Schedule.At(Instant.ofEpochMilli(random.nextLong(1L << 42)));
      case 1 -> new Schedule.Every(Duration.ofMillis(100 + random.nextInt(1_000_000)));
      case 2 -> new Schedule.After(Duration.ofMillis(100 + random.nextInt(1_000_000)));
      default ->
          new Schedule.Cron(
              random.nextInt(60) + " * * * *",
              ZoneId.of(random.nextBoolean() ? "UTC" : "Asia/Shanghai"),
              pick(random, Dialect.values()),
              new DstRule(
                  pick(random, DstRule.Gap.values()), pick(random, DstRule.Overlap.values())));
    };
  }

  private static Target target(Random random) {
    return switch (random.nextInt(4)) {
      case 0 ->
          new Target.Service("s", random.nextBoolean() ? null : "/p", "arg", Duration.ofHours(1));
      case 1 -> new Target.Shell("echo $X", Map.of("X", "1"), place(random), Duration.ofMinutes(1));
      case 2 -> new Target.Handler("h", null);
      default -> {
        Map<String, HeaderValue> headers = new LinkedHashMap<>();
        if (random.nextBoolean()) {
          headers.put("X-B", new HeaderValue.Secret("s"));
          headers.put("X-A", new HeaderValue.Plain("p"));
        }
        yield new Target.Http(
            "http://h/" + random.nextInt(),
            random.nextBoolean() ? "POST" : "PUT",
            headers,
            random.nextBoolean() ? null : "{\"n\":" + random.nextInt() + "}",
            Duration.ofMillis(1 + random.nextInt(100_000)));
      }
    };
  }

  private static Target.Place place(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> new Target.Place.Any();
      case 1 -> new Target.Place.Broadcast();
      case 2 -> new Target.Place.Member("m");
      default -> new Target.Place.Group("g");
    };
  }

  private static Policy policy(Random random, boolean chained) {
    return new Policy(
        pick(random, Policy.Misfire.values()),
        Duration.ofSeconds(1 + random.nextInt(100)),
        random.nextBoolean() ? null : Duration.ofHours(1 + random.nextInt(9)),
        pick(random, Policy.Overlap.values()),
        1 + random.nextInt(1_000),
        pick(random, Policy.Delivery.values()),
        random.nextInt(10),
        random.nextBoolean() ? null : Duration.ofSeconds(5),
        random.nextBoolean() ? null : "mutex",
        Duration.ofMinutes(random.nextInt(9)),
        !chained ? null : new Policy.After("other", pick(random, Policy.After.On.values())),
        new Policy.Retry(
            1 + random.nextInt(100),
            Duration.ofMillis(1 + random.nextInt(99)),
            Duration.ofMinutes(1)));
  }

  static Progress progress(Random random) {
    List<OpenRun> open =
        random.nextInt(3) > 0
            ? List.of()
            : List.of(
                new OpenRun(
                    9,
                    1_000,
                    1_005,
                    2,
                    OpenRun.State.ACCEPTED,
                    7,
                    random.nextLong(1L << 42),
                    "m",
                    null),
                new OpenRun(11, 2_000, 2_000, 0, OpenRun.State.WAITING, 0, 0, null, "{\"a\":1}"));
    LastRun last =
        random.nextBoolean()
            ? null
            : new LastRun(
                random.nextLong(1L << 40),
                random.nextLong(1L << 42),
                random.nextLong(1L << 42),
                random.nextLong(1L << 42),
                random.nextLong(1L << 42),
                pick(random, RunOutcome.values()),
                random.nextInt(100),
                random.nextInt(600));
    return new Progress(
        pick(random, Progress.Phase.values()),
        random.nextBoolean(),
        random.nextLong(1L << 50),
        random.nextLong(1L << 42),
        random.nextBoolean() ? Progress.NEVER : random.nextLong(1L << 42),
        random.nextLong(1L << 40),
        last,
        open,
        random.nextInt(1_000),
        chain(random));
  }

  private static Chain chain(Random random) {
    return random.nextBoolean()
        ? Chain.NONE
        : new Chain(
            List.of(new Chain.Follower("f@1", random.nextLong(1L << 42), 2)),
            random.nextBoolean()
                ? List.of()
                : List.of(new Chain.End(3, pick(random, RunOutcome.values()), 1L << 41)),
            3,
            random.nextLong(1L << 50),
            random.nextLong(1L << 40));
  }
}
