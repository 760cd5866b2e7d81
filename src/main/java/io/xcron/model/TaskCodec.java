package io.xcron.model;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The definition as bytes: a bit set of what differs from the defaults, then only that. The order
 * of the fields is the format; a new field takes a new bit and stands at the end.
 */
final class TaskCodec {
  static final int NAMESPACE = 1;
  static final int NAME = 1 << 1;
  static final int LABELS = 1 << 2;
  private static final int OWNER = 1 << 3;
  private static final int START = 1 << 4;
  private static final int END = 1 << 5;
  private static final int MAX_RUNS = 1 << 6;
  private static final int JITTER = 1 << 7;
  private static final int CALENDAR = 1 << 8;
  private static final int DISABLED = 1 << 9;
  private static final int DELETE_AFTER = 1 << 10;
  private static final int POLICY = 1 << 11;
  private static final int ALERT = 1 << 12;

  private static final int AT = 1;

  // The place in these lists is the stored code: new values go to the end, and none is taken out.
  private static final List<Dialect> DIALECTS =
      List.of(Dialect.UNIX, Dialect.GORHILL, Dialect.QUARTZ);
  private static final List<DstRule.Gap> GAPS =
      List.of(DstRule.Gap.AFTER, DstRule.Gap.SKIP, DstRule.Gap.SHIFT);
  private static final List<DstRule.Overlap> DST_OVERLAPS =
      List.of(DstRule.Overlap.FIRST, DstRule.Overlap.SECOND, DstRule.Overlap.BOTH);
  private static final List<Policy.Misfire> MISFIRES =
      List.of(Policy.Misfire.ONCE, Policy.Misfire.ALL, Policy.Misfire.SKIP);
  private static final List<Policy.Overlap> OVERLAPS =
      List.of(
          Policy.Overlap.SKIP, Policy.Overlap.QUEUE, Policy.Overlap.REPLACE, Policy.Overlap.ALLOW);
  private static final List<Policy.Delivery> DELIVERIES =
      List.of(Policy.Delivery.AT_LEAST_ONCE, Policy.Delivery.AT_MOST_ONCE);
  private static final List<Policy.After.On> AFTER_ENDS =
      List.of(Policy.After.On.SUCCESS, Policy.After.On.FAILURE, Policy.After.On.END);
  private static final List<Alert.On> ALERTS =
      List.of(
          Alert.On.FAILURE, Alert.On.TIMEOUT, Alert.On.MISFIRE, Alert.On.RECOVERY, Alert.On.SKIP);

  private TaskCodec() {}

  static byte[] encode(Task task) {
    ByteSink sink = new ByteSink(256);
    boolean ownPolicy = !task.policy().equals(Policy.defaultFor(task.schedule()));
    sink.putUnsigned(present(task, ownPolicy));
    writeSchedule(sink, task.schedule());
    writeTarget(sink, task.target());
    if (!task.namespace().equals(Task.DEFAULT_NAMESPACE)) {
      sink.putText(task.namespace());
    }
    if (task.name() != null) {
      sink.putText(task.name());
    }
    if (!task.labels().isEmpty()) {
      writeTexts(sink, task.labels());
    }
    Owner owner = task.owner();
    if (owner != null) {
      sink.putOptionalText(owner.author());
      sink.putOptionalText(owner.email());
      sink.putOptionalText(owner.mobile());
      sink.putOptionalText(owner.remark());
    }
    if (task.start() != null) {
      sink.putUnsigned(task.start().toEpochMilli());
    }
    if (task.end() != null) {
      sink.putUnsigned(task.end().toEpochMilli());
    }
    if (task.maxRuns() != 0) {
      sink.putUnsigned(task.maxRuns());
    }
    if (!task.jitter().isZero()) {
      sink.putUnsigned(task.jitter().toMillis());
    }
    if (task.calendar() != null) {
      sink.putText(task.calendar());
    }
    if (task.deleteAfter() != null) {
      sink.putUnsigned(task.deleteAfter().toMillis());
    }
    if (ownPolicy) {
      writePolicy(sink, task.policy());
    }
    if (task.alert() != null) {
      writeAlert(sink, task.alert());
    }
    return sink.toByteArray();
  }

  private static int present(Task task, boolean ownPolicy) {
    return (task.namespace().equals(Task.DEFAULT_NAMESPACE) ? 0 : NAMESPACE)
        | (task.name() == null ? 0 : NAME)
        | (task.labels().isEmpty() ? 0 : LABELS)
        | (task.owner() == null ? 0 : OWNER)
        | (task.start() == null ? 0 : START)
        | (task.end() == null ? 0 : END)
        | (task.maxRuns() == 0 ? 0 : MAX_RUNS)
        | (task.jitter().isZero() ? 0 : JITTER)
        | (task.calendar() == null ? 0 : CALENDAR)
        | (task.enabled() ? 0 : DISABLED)
        | (task.deleteAfter() == null ? 0 : DELETE_AFTER)
        | (ownPolicy ? POLICY : 0)
        | (task.alert() == null ? 0 : ALERT);
  }

  static boolean enabled(byte[] bytes, int offset) {
    return (new ByteSource(bytes, offset).getUnsigned() & DISABLED) == 0;
  }

  static boolean jittered(byte[] bytes, int offset) {
    return (new ByteSource(bytes, offset).getUnsigned() & JITTER) != 0;
  }

  static boolean namesCalendar(byte[] bytes, int offset) {
    return (new ByteSource(bytes, offset).getUnsigned() & CALENDAR) != 0;
  }

  static long maxRuns(byte[] bytes, int offset) {
    ByteSource source = new ByteSource(bytes, offset);
    return (source.getUnsigned() & MAX_RUNS) == 0
        ? 0
        : decode("-", new ByteSource(bytes, offset)).maxRuns();
  }

  /** How long after its end the task goes; negative for never. */
  static long deleteAfterMillis(byte[] bytes, int offset) {
    if ((new ByteSource(bytes, offset).getUnsigned() & DELETE_AFTER) == 0) {
      return -1;
    }
    Duration after = decode("-", new ByteSource(bytes, offset)).deleteAfter();
    return after == null ? -1 : after.toMillis();
  }

  static boolean oneShot(byte[] bytes, int offset) {
    ByteSource source = new ByteSource(bytes, offset);
    source.getUnsigned();
    return source.getByte() == AT;
  }

  static Task decode(String id, ByteSource source) {
    int present = source.getCount();
    Schedule schedule = readSchedule(source);
    Target target = readTarget(source);
    return new Task(
        id,
        (present & NAMESPACE) == 0 ? Task.DEFAULT_NAMESPACE : source.getText(),
        (present & NAME) == 0 ? null : source.getText(),
        (present & LABELS) == 0 ? Map.of() : readTexts(source),
        (present & OWNER) == 0
            ? null
            : new Owner(
                source.getOptionalText(),
                source.getOptionalText(),
                source.getOptionalText(),
                source.getOptionalText()),
        schedule,
        (present & START) == 0 ? null : Instant.ofEpochMilli(source.getUnsigned()),
        (present & END) == 0 ? null : Instant.ofEpochMilli(source.getUnsigned()),
        (present & MAX_RUNS) == 0 ? 0 : source.getUnsigned(),
        (present & JITTER) == 0 ? Duration.ZERO : millis(source),
        (present & CALENDAR) == 0 ? null : source.getText(),
        (present & DISABLED) == 0,
        (present & DELETE_AFTER) == 0 ? null : millis(source),
        target,
        (present & POLICY) == 0 ? Policy.defaultFor(schedule) : readPolicy(source),
        (present & ALERT) == 0 ? null : readAlert(source));
  }

  private static void writeSchedule(ByteSink sink, Schedule schedule) {
    switch (schedule) {
      case Schedule.At at -> {
        sink.putByte(AT);
        sink.putUnsigned(at.instant().toEpochMilli());
      }
      case Schedule.Every every -> {
        sink.putByte(2);
        sink.putUnsigned(every.period().toMillis());
      }
      case Schedule.After after -> {
        sink.putByte(3);
        sink.putUnsigned(after.delay().toMillis());
      }
      case Schedule.Chained chained -> sink.putByte(5);
      case Schedule.Cron cron -> {
        sink.putByte(4);
        sink.putText(cron.expression());
        sink.putText(cron.zone().getId());
        sink.putByte(DIALECTS.indexOf(cron.dialect()));
        sink.putByte(
            GAPS.indexOf(cron.dst().gap()) << 4 | DST_OVERLAPS.indexOf(cron.dst().overlap()));
      }
    }
  }

  private static Schedule readSchedule(ByteSource source) {
    int kind = source.getByte();
    return switch (kind) {
      case AT -> new Schedule.At(Instant.ofEpochMilli(source.getUnsigned()));
      case 2 -> new Schedule.Every(millis(source));
      case 3 -> new Schedule.After(millis(source));
      case 4 -> {
        String expression = source.getText();
        ZoneId zone = ZoneId.of(source.getText());
        Dialect dialect = DIALECTS.get(source.getByte());
        int dst = source.getByte();
        yield new Schedule.Cron(
            expression,
            zone,
            dialect,
            new DstRule(GAPS.get(dst >> 4), DST_OVERLAPS.get(dst & 0x0F)));
      }
      case 5 -> new Schedule.Chained();
      default -> throw new IllegalArgumentException("no schedule has kind " + kind);
    };
  }

  private static void writeTarget(ByteSink sink, Target target) {
    switch (target) {
      case Target.Http http -> {
        sink.putByte(1);
        sink.putText(http.url());
        sink.putByte(http.method().equals("POST") ? 0 : 1);
        if (!http.method().equals("POST")) {
          sink.putText(http.method());
        }
        sink.putUnsigned(http.headers().size());
        http.headers().forEach((name, value) -> writeHeader(sink, name, value));
        sink.putOptionalText(http.body());
        sink.putUnsigned(http.timeout().toMillis());
      }
      case Target.Service service -> {
        sink.putByte(2);
        sink.putText(service.name());
        sink.putOptionalText(service.path());
        sink.putOptionalText(service.arg());
        sink.putUnsigned(service.confirmTimeout().toMillis());
      }
      case Target.Shell shell -> {
        sink.putByte(3);
        sink.putText(shell.command());
        writeTexts(sink, shell.env());
        writePlace(sink, shell.place());
        sink.putUnsigned(shell.timeout().toMillis());
      }
      case Target.Handler handler -> {
        sink.putByte(4);
        sink.putText(handler.name());
        sink.putOptionalText(handler.arg());
      }
    }
  }

  private static Target readTarget(ByteSource source) {
    int kind = source.getByte();
    return switch (kind) {
      case 1 -> {
        String url = source.getText();
        String method = source.getByte() == 0 ? "POST" : source.getText();
        int count = source.getCount();
        Map<String, HeaderValue> headers = count == 0 ? Map.of() : new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
          String name = source.getText();
          headers.put(
              name,
              source.getByte() == 0
                  ? new HeaderValue.Plain(source.getText())
                  : new HeaderValue.Secret(source.getText()));
        }
        yield new Target.Http(url, method, headers, source.getOptionalText(), millis(source));
      }
      case 2 ->
          new Target.Service(
              source.getText(), source.getOptionalText(), source.getOptionalText(), millis(source));
      case 3 ->
          new Target.Shell(source.getText(), readTexts(source), readPlace(source), millis(source));
      case 4 -> new Target.Handler(source.getText(), source.getOptionalText());
      default -> throw new IllegalArgumentException("no target has kind " + kind);
    };
  }

  private static void writeHeader(ByteSink sink, String name, HeaderValue value) {
    sink.putText(name);
    switch (value) {
      case HeaderValue.Plain plain -> {
        sink.putByte(0);
        sink.putText(plain.text());
      }
      case HeaderValue.Secret secret -> {
        sink.putByte(1);
        sink.putText(secret.name());
      }
    }
  }

  private static void writePlace(ByteSink sink, Target.Place place) {
    switch (place) {
      case Target.Place.Any any -> sink.putByte(0);
      case Target.Place.Broadcast broadcast -> sink.putByte(1);
      case Target.Place.Member member -> {
        sink.putByte(2);
        sink.putText(member.name());
      }
      case Target.Place.Group group -> {
        sink.putByte(3);
        sink.putText(group.name());
      }
    }
  }

  private static Target.Place readPlace(ByteSource source) {
    int kind = source.getByte();
    return switch (kind) {
      case 0 -> new Target.Place.Any();
      case 1 -> new Target.Place.Broadcast();
      case 2 -> new Target.Place.Member(source.getText());
      case 3 -> new Target.Place.Group(source.getText());
      default -> throw new IllegalArgumentException("no place has kind " + kind);
    };
  }

  private static void writePolicy(ByteSink sink, Policy policy) {
    sink.putByte(MISFIRES.indexOf(policy.misfire()));
    sink.putUnsigned(policy.misfireAfter().toMillis());
    sink.putUnsigned(policy.misfireWindow() == null ? 0 : policy.misfireWindow().toMillis());
    sink.putByte(OVERLAPS.indexOf(policy.overlap()));
    sink.putUnsigned(policy.queue());
    sink.putByte(DELIVERIES.indexOf(policy.delivery()));
    sink.putByte(policy.priority());
    sink.putUnsigned(policy.timeout() == null ? 0 : policy.timeout().toMillis());
    sink.putOptionalText(policy.mutex());
    sink.putUnsigned(policy.mutexWait().toMillis());
    Policy.After after = policy.after();
    sink.putOptionalText(after == null ? null : after.task());
    if (after != null) {
      sink.putByte(AFTER_ENDS.indexOf(after.on()));
    }
    sink.putUnsigned(policy.retry().attempts());
    sink.putUnsigned(policy.retry().backoff().toMillis());
    sink.putUnsigned(policy.retry().maxBackoff().toMillis());
  }

  private static Policy readPolicy(ByteSource source) {
    return new Policy(
        MISFIRES.get(source.getByte()),
        millis(source),
        optionalMillis(source),
        OVERLAPS.get(source.getByte()),
        source.getCount(),
        DELIVERIES.get(source.getByte()),
        source.getByte(),
        optionalMillis(source),
        source.getOptionalText(),
        millis(source),
        readAfter(source),
        new Policy.Retry(source.getCount(), millis(source), millis(source)));
  }

  private static Policy.@Nullable After readAfter(ByteSource source) {
    String task = source.getOptionalText();
    return task == null ? null : new Policy.After(task, AFTER_ENDS.get(source.getByte()));
  }

  private static void writeAlert(ByteSink sink, Alert alert) {
    int on = 0;
    for (Alert.On event : alert.on()) {
      on |= 1 << ALERTS.indexOf(event);
    }
    sink.putByte(on);
    sink.putUnsigned(alert.email().size());
    alert.email().forEach(sink::putText);
    sink.putOptionalText(alert.webhook());
  }

  private static Alert readAlert(ByteSource source) {
    int bits = source.getByte();
    Set<Alert.On> on = EnumSet.noneOf(Alert.On.class);
    for (Alert.On event : ALERTS) {
      if ((bits & 1 << ALERTS.indexOf(event)) != 0) {
        on.add(event);
      }
    }
    int count = source.getCount();
    List<String> email = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      email.add(source.getText());
    }
    return new Alert(on, email, source.getOptionalText());
  }

  private static void writeTexts(ByteSink sink, Map<String, String> texts) {
    sink.putUnsigned(texts.size());
    texts.forEach(
        (key, value) -> {
          sink.putText(key);
          sink.putText(value);
        });
  }

  private static Map<String, String> readTexts(ByteSource source) {
    int count = source.getCount();
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      texts.put(source.getText(), source.getText());
    }
    return texts;
  }

  private static Duration millis(ByteSource source) {
    return Duration.ofMillis(source.getUnsigned());
  }

  private static @Nullable Duration optionalMillis(ByteSource source) {
    long millis = source.getUnsigned();
    return millis == 0 ? null : Duration.ofMillis(millis);
  }
}
