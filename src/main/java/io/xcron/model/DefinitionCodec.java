package io.xcron.model;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Services and calendars as they are stored: a format, then the fields. Days are written as what
 * lies between them, so that a calendar of decades takes a few bytes a day.
 */
public final class DefinitionCodec {
  private static final int FORMAT = 1;

  private DefinitionCodec() {}

  /** A service but for its name, under which it is stored. */
  public static byte[] encode(CallbackService service) {
    ByteSink sink = new ByteSink(64 + 64 * service.nodes().size());
    sink.putByte(FORMAT);
    sink.putUnsigned(service.nodes().size());
    for (CallbackService.Node node : service.nodes()) {
      sink.putText(node.url());
      sink.putUnsigned(node.timeout().toMillis());
      sink.putByte(node.healthCheck() ? 1 : 0);
    }
    return sink.toByteArray();
  }

  /**
   * Reads what {@link #encode(CallbackService)} wrote.
   *
   * @throws IllegalArgumentException when it is of another format
   */
  public static CallbackService service(String name, byte[] bytes) {
    ByteSource source = source(bytes);
    int count = source.getCount();
    List<CallbackService.Node> nodes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      nodes.add(
          new CallbackService.Node(
              source.getText(), Duration.ofMillis(source.getUnsigned()), source.getByte() != 0));
    }
    return new CallbackService(name, nodes);
  }

  public static byte[] encode(WorkCalendar calendar) {
    ByteSink sink = new ByteSink(64 + 2 * (calendar.exclude().size() + calendar.include().size()));
    sink.putByte(FORMAT);
    sink.putText(calendar.zone().getId());
    sink.putByte(
        switch (calendar.onExcluded()) {
          case SKIP -> 0;
          case NEXT -> 1;
          case PREVIOUS -> 2;
        });
    int days = 0;
    for (DayOfWeek day : calendar.excludeDays()) {
      days |= 1 << day.getValue();
    }
    sink.putByte(days);
    putDays(sink, calendar.exclude());
    putDays(sink, calendar.include());
    return sink.toByteArray();
  }

  /**
   * Reads what {@link #encode(WorkCalendar)} wrote.
   *
   * @throws IllegalArgumentException when it is of another format
   */
  public static WorkCalendar calendar(byte[] bytes) {
    ByteSource source = source(bytes);
    ZoneId zone = ZoneId.of(source.getText());
    int code = source.getByte();
    WorkCalendar.OnExcluded onExcluded =
        switch (code) {
          case 0 -> WorkCalendar.OnExcluded.SKIP;
          case 1 -> WorkCalendar.OnExcluded.NEXT;
          case 2 -> WorkCalendar.OnExcluded.PREVIOUS;
          default -> throw new IllegalArgumentException("no rule of a calendar has code " + code);
        };
    int mask = source.getByte();
    Set<DayOfWeek> excludeDays = EnumSet.noneOf(DayOfWeek.class);
    for (DayOfWeek day : DayOfWeek.values()) {
      if ((mask & 1 << day.getValue()) != 0) {
        excludeDays.add(day);
      }
    }
    Set<LocalDate> exclude = days(source);
    return new WorkCalendar(zone, exclude, excludeDays, days(source), onExcluded);
  }

  private static ByteSource source(byte[] bytes) {
    ByteSource source = new ByteSource(bytes, 0);
    int format = source.getByte();
    if (format != FORMAT) {
      throw new IllegalArgumentException("not a definition of format " + FORMAT + ": " + format);
    }
    return source;
  }

  private static void putDays(ByteSink sink, Set<LocalDate> days) {
    sink.putUnsigned(days.size());
    long before = 0;
    for (LocalDate day : new TreeSet<>(days)) {
      sink.putSigned(day.toEpochDay() - before);
      before = day.toEpochDay();
    }
  }

  private static Set<LocalDate> days(ByteSource source) {
    int count = source.getCount();
    Set<LocalDate> days = HashSet.newHashSet(count);
    long day = 0;
    for (int i = 0; i < count; i++) {
      day += source.getSigned();
      days.add(LocalDate.ofEpochDay(day));
    }
    return days;
  }
}
