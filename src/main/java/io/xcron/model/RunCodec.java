package io.xcron.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Run records as bytes, and back. Format 2: format (byte), outcome (byte), flags (byte), scheduled,
 * then due, start and end as differences, number, generation, token, namespace unless it is the
 * default, task id, member, origin, host if it is known, attempts (number, start, end, status, then
 * member and error if they say something new), output and detail if there are any. Numbers are
 * varints. Format 1, which is still read, had no origin and no host.
 *
 * <p>The origin is the store that took the record first, as a number; with the partition and the
 * sequence that this store gave it tells a record from its copy. 0 is the store where it is found.
 *
 * <p>Bounded: an output longer than asked is cut at a character, an error or a detail beyond {@link
 * #MAX_ERROR_BYTES} too; what is cut ends with an ellipsis.
 */
public final class RunCodec {
  public static final int FORMAT = 2;

  /** How much is kept of an attempt's error, and of the detail. */
  public static final int MAX_ERROR_BYTES = 1_024;

  private static final int LATE = 1;
  private static final int NAMESPACE = 2;
  private static final int OUTPUT = 4;
  private static final int DETAIL = 8;
  private static final int HOST = 16;
  private static final int WITHOUT_ORIGIN = 1;
  private static final int MAX_HOST = 128;
  private static final int ELSEWHERE = 1;
  private static final int ERROR = 2;
  private static final String ELLIPSIS = "…";

  private RunCodec() {}

  /** A record with the namespace of its task, and its origin. */
  public record Kept(String namespace, RunRecord run, long origin) {}

  /**
   * What statistics need of a record, read without its texts.
   *
   * @param attempts how many were kept
   */
  public record Glance(
      String namespace,
      String taskId,
      RunOutcome outcome,
      boolean late,
      long dueMillis,
      long startMillis,
      long endMillis,
      int attempts,
      String host,
      long origin) {}

  public static byte[] encode(String namespace, RunRecord run, long origin, int maxOutputBytes) {
    ByteSink sink = new ByteSink(192);
    boolean host = !run.host().isEmpty();
    boolean other = !namespace.equals(Task.DEFAULT_NAMESPACE);
    String output = run.output();
    String detail = run.detail();
    sink.putByte(FORMAT);
    sink.putByte(run.outcome().code());
    sink.putByte(
        (run.late() ? LATE : 0)
            | (other ? NAMESPACE : 0)
            | (output != null ? OUTPUT : 0)
            | (detail != null ? DETAIL : 0)
            | (host ? HOST : 0));
    sink.putSigned(run.scheduledMillis());
    sink.putSigned(run.dueMillis() - run.scheduledMillis());
    sink.putSigned(run.startMillis() - run.dueMillis());
    sink.putSigned(run.endMillis() - run.startMillis());
    sink.putUnsigned(run.number());
    sink.putUnsigned(run.generation());
    sink.putUnsigned(run.token());
    if (other) {
      sink.putText(namespace);
    }
    sink.putText(run.taskId());
    sink.putText(run.member());
    sink.putUnsigned(origin);
    if (host) {
      sink.putText(cut(run.host(), MAX_HOST));
    }
    putAttempts(sink, run);
    if (output != null) {
      sink.putText(cut(output, maxOutputBytes));
    }
    if (detail != null) {
      sink.putText(cut(detail, MAX_ERROR_BYTES));
    }
    return sink.toByteArray();
  }

  private static void putAttempts(ByteSink sink, RunRecord run) {
    List<RunRecord.Try> attempts = run.attempts();
    int first = Math.max(0, attempts.size() - RunRecord.MAX_ATTEMPTS);
    sink.putUnsigned(attempts.size() - first);
    for (int i = first; i < attempts.size(); i++) {
      RunRecord.Try attempt = attempts.get(i);
      boolean elsewhere = !attempt.member().equals(run.member());
      String error = attempt.error();
      sink.putUnsigned(attempt.number());
      sink.putSigned(attempt.startMillis() - run.startMillis());
      sink.putSigned(attempt.endMillis() - attempt.startMillis());
      sink.putSigned(attempt.status());
      sink.putByte((elsewhere ? ELSEWHERE : 0) | (error != null ? ERROR : 0));
      if (elsewhere) {
        sink.putText(attempt.member());
      }
      if (error != null) {
        sink.putText(cut(error, MAX_ERROR_BYTES));
      }
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if it is of a format that this version does not know
   */
  public static Kept decode(byte[] bytes, int offset) {
    ByteSource source = new ByteSource(bytes, offset);
    int format = format(source);
    RunOutcome outcome = RunOutcome.ofCode(source.getByte());
    int flags = source.getByte();
    long scheduled = source.getSigned();
    long due = scheduled + source.getSigned();
    long start = due + source.getSigned();
    long end = start + source.getSigned();
    long number = source.getUnsigned();
    long generation = source.getUnsigned();
    long token = source.getUnsigned();
    String namespace = (flags & NAMESPACE) != 0 ? source.getText() : Task.DEFAULT_NAMESPACE;
    String id = source.getText();
    String member = source.getText();
    long origin = format == WITHOUT_ORIGIN ? 0 : source.getUnsigned();
    String host = (flags & HOST) != 0 ? source.getText() : "";
    List<RunRecord.Try> attempts = attempts(source, member, start);
    @Nullable String output = (flags & OUTPUT) != 0 ? source.getText() : null;
    @Nullable String detail = (flags & DETAIL) != 0 ? source.getText() : null;
    return new Kept(
        namespace,
        new RunRecord(
            id,
            generation,
            number,
            scheduled,
            due,
            start,
            end,
            outcome,
            (flags & LATE) != 0,
            attempts,
            member,
            token,
            output,
            detail,
            host),
        origin);
  }

  private static List<RunRecord.Try> attempts(ByteSource source, String member, long runStart) {
    int count = source.getCount();
    List<RunRecord.Try> attempts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int number = source.getCount();
      long start = runStart + source.getSigned();
      long end = start + source.getSigned();
      int status = Math.toIntExact(source.getSigned());
      int flags = source.getByte();
      String where = (flags & ELSEWHERE) != 0 ? source.getText() : member;
      String error = (flags & ERROR) != 0 ? source.getText() : null;
      attempts.add(new RunRecord.Try(number, start, end, where, status, error));
    }
    return attempts;
  }

  /** As {@link #decode}, but only as far as statistics need it. */
  public static Glance glance(byte[] bytes, int offset) {
    ByteSource source = new ByteSource(bytes, offset);
    int format = format(source);
    RunOutcome outcome = RunOutcome.ofCode(source.getByte());
    int flags = source.getByte();
    long scheduled = source.getSigned();
    long due = scheduled + source.getSigned();
    long start = due + source.getSigned();
    long end = start + source.getSigned();
    source.getUnsigned();
    source.getUnsigned();
    source.getUnsigned();
    String namespace = (flags & NAMESPACE) != 0 ? source.getText() : Task.DEFAULT_NAMESPACE;
    String id = source.getText();
    source.skipText();
    long origin = format == WITHOUT_ORIGIN ? 0 : source.getUnsigned();
    String host = (flags & HOST) != 0 ? source.getText() : "";
    return new Glance(
        namespace,
        id,
        outcome,
        (flags & LATE) != 0,
        due,
        start,
        end,
        source.getCount(),
        host,
        origin);
  }

  private static int format(ByteSource source) {
    int format = source.getByte();
    if (format != FORMAT && format != WITHOUT_ORIGIN) {
      throw new IllegalArgumentException(
          "a run record of format " + format + ", this version reads formats 1 and " + FORMAT);
    }
    return format;
  }

  /** The text, or its beginning with an ellipsis, in at most so many bytes of UTF-8. */
  static String cut(String text, int maxBytes) {
    if (text.length() <= maxBytes / 3) {
      return text;
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length <= maxBytes) {
      return text;
    }
    int end = Math.max(0, maxBytes - 3);
    while (end > 0 && (utf8[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(utf8, 0, end, StandardCharsets.UTF_8) + ELLIPSIS;
  }
}
