package io.xcron.http;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text of {@code crontab -l} line by line, as crontab(5) of cronie describes it. A
 * setting holds for the lines after it. The id of a task follows from its line, so that the same
 * file can be read again, and changed lines beside unchanged ones are new tasks.
 */
final class CrontabReader {
  /** Beyond that a file is no crontab, and the counts of equal lines would grow without end. */
  private static final int MAX_JOBS = 100_000;

  /** A job that begins with its own zone, as the cron text of a task may. */
  private static final Pattern OWN_ZONE = Pattern.compile("(?:CRON_)?TZ=(\\S+)\\s+([-*@\\d].*)");

  private static final int MAX_NAME = 200;
  private static final int FIELDS = 5;
  private static final int MAX_DELAY_MINUTES = 1_440;

  private final ZoneId defaultZone;
  private final Map<String, String> env = new LinkedHashMap<>();
  private final Map<String, Integer> seen = new HashMap<>();
  private @Nullable ZoneId zone;
  private @Nullable Owner owner;
  private @Nullable String shell;
  private Duration jitter = Duration.ZERO;

  CrontabReader(ZoneId defaultZone) {
    this.defaultZone = defaultZone;
    this.zone = defaultZone;
  }

  /**
   * Reads a line without blanks around it.
   *
   * @return null for a comment and for a setting
   * @throws InvalidTaskException if it is none of what a crontab has
   */
  @Nullable Task read(String line) {
    Matcher own = OWN_ZONE.matcher(line);
    if (own.matches()) {
      return job(own.group(2), zoneOf(own.group(1)));
    }
    return line.startsWith("#") || setting(line) ? null : job(line, zone);
  }

  private Task job(String line, @Nullable ZoneId valid) {
    String text = line.startsWith("-") ? line.substring(1).stripLeading() : line;
    int end = text.startsWith("@") ? endOfNamed(text) : endOfFields(text);
    String expression = text.substring(0, end);
    if (expression.equals("@reboot")) {
      throw new InvalidTaskException(
          "schedule.cron", "@reboot names no instant; let the machine start such a command");
    }
    String rest = text.substring(end).strip();
    if (rest.isEmpty()) {
      throw new InvalidTaskException("target.shell.command", "is missing");
    }
    if (valid == null) {
      throw new InvalidTaskException("schedule.zone", "CRON_TZ above this line is no zone");
    }
    return task(expression, rest, valid);
  }

  private Task task(String expression, String rest, ZoneId valid) {
    String key = Draft.digest(expression + "\0" + valid + "\0" + rest);
    if (seen.size() == MAX_JOBS && !seen.containsKey(key)) {
      throw new InvalidTaskException("id", "comes after " + MAX_JOBS + " jobs: split the file");
    }
    int same = seen.merge(key, 1, Integer::sum);
    Draft draft =
        new Draft(
            "cron-" + (same == 1 ? key : Draft.digest(key + same)),
            new Schedule.Cron(expression, valid, Dialect.UNIX, DstRule.DEFAULT),
            new Target.Shell(command(rest), env, new Target.Place.Any(), Target.MAX_TIMEOUT));
    draft.name = Texts.upTo(MAX_NAME, rest);
    draft.labels = Map.of("import", "crontab");
    draft.owner = owner;
    draft.jitter = jitter;
    // cron does not look whether the run before has ended.
    draft.overlap = Policy.Overlap.ALLOW;
    return draft.task();
  }

  // Settings

  private boolean setting(String line) {
    int nameEnd =
        line.startsWith("\"") || line.startsWith("'") ? endOfQuote(line) : endOfName(line);
    int equals = nameEnd;
    while (equals < line.length() && isBlank(line.charAt(equals))) {
      equals++;
    }
    if (nameEnd == 0 || equals == line.length() || line.charAt(equals) != '=') {
      return false;
    }
    set(unquoted(line.substring(0, nameEnd)), unquoted(line.substring(equals + 1).strip()));
    return true;
  }

  private void set(String name, String value) {
    switch (name) {
      case "CRON_TZ" -> {
        // The lines below have no zone if this is none.
        zone = null;
        zone = value.isEmpty() ? defaultZone : zoneOf(value);
      }
      case "MAILTO" -> owner = value.isEmpty() ? null : new Owner(null, value, null, null);
      case "RANDOM_DELAY" -> jitter = minutes(value);
      // How the mail is to look.
      case "MAILFROM", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING" -> {}
      case "SHELL" -> {
        String program = value.substring(value.lastIndexOf('/') + 1);
        shell = program.equals("bash") || program.equals("sh") ? null : value;
        env.put(name, value);
      }
      default -> {
        if (!isVariable(name)) {
          throw new InvalidTaskException(
              "target.shell.env", "has a variable whose name is not one: " + Texts.clip(name));
        }
        env.put(name, value);
      }
    }
  }

  private static ZoneId zoneOf(String value) {
    try {
      return ZoneId.of(value);
    } catch (DateTimeException e) {
      throw new InvalidTaskException("schedule.zone", "is not known: " + Texts.clip(value));
    }
  }

  private static Duration minutes(String value) {
    try {
      int minutes = Integer.parseInt(value);
      if (minutes >= 0 && minutes <= MAX_DELAY_MINUTES) {
        return Duration.ofMinutes(minutes);
      }
    } catch (NumberFormatException e) {
      throw badDelay();
    }
    throw badDelay();
  }

  private static InvalidTaskException badDelay() {
    return new InvalidTaskException("jitter", "RANDOM_DELAY must be minutes, 0 to 1440");
  }

  private static boolean isVariable(String name) {
    boolean valid = !name.isEmpty() && !Texts.isDigit(name.charAt(0)) && !name.startsWith("XCRON_");
    for (int i = 0; i < name.length() && valid; i++) {
      char c = name.charAt(i);
      valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || Texts.isDigit(c) || c == '_';
    }
    return valid;
  }

  private static int endOfName(String line) {
    int end = 0;
    while (end < line.length() && line.charAt(end) != '=' && !isBlank(line.charAt(end))) {
      end++;
    }
    return end;
  }

  /** Behind the closing quote; 0 when there is none. */
  private static int endOfQuote(String line) {
    return line.indexOf(line.charAt(0), 1) + 1;
  }

  private static String unquoted(String text) {
    int last = text.length() - 1;
    boolean quoted =
        last >= 1
            && (text.charAt(0) == '"' || text.charAt(0) == '\'')
            && text.charAt(last) == text.charAt(0);
    return quoted ? text.substring(1, last) : text;
  }

  // Jobs

  /** Behind a name with an {@code @}, and the duration that is part of {@code @every}. */
  private static int endOfNamed(String text) {
    int end = endOfWord(text, 0);
    return text.substring(0, end).equalsIgnoreCase("@every")
        ? endOfWord(text, endOfBlanks(text, end))
        : end;
  }

  private static int endOfBlanks(String text, int from) {
    int end = from;
    while (end < text.length() && isBlank(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static int endOfFields(String text) {
    int end = 0;
    for (int field = 0; field < FIELDS; field++) {
      int begin = endOfBlanks(text, end);
      end = endOfWord(text, begin);
      if (end == begin) {
        throw new InvalidTaskException(
            "schedule.cron", "a line of a crontab has five fields and a command");
      }
    }
    return end;
  }

  private static int endOfWord(String text, int from) {
    int end = from;
    while (end < text.length() && !isBlank(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /**
   * The command with what cron makes of percent signs: the first one ends it, what follows is its
   * standard input, and the others are ends of lines there; a backslash takes their meaning away.
   */
  private String command(String rest) {
    StringBuilder command = new StringBuilder(rest.length());
    StringBuilder input = new StringBuilder();
    StringBuilder out = command;
    for (int i = 0; i < rest.length(); i++) {
      char c = rest.charAt(i);
      if (c == '\\' && i + 1 < rest.length() && rest.charAt(i + 1) == '%') {
        out.append('%');
        i++;
      } else if (c != '%') {
        out.append(c);
      } else if (out == command) {
        out = input;
      } else {
        out.append('\n');
      }
    }
    String run = command.toString().strip();
    String other = shell;
    if (other != null) {
      run = "exec " + quoted(other) + " -c " + quoted(run);
    }
    return out == command ? run : withInput(run, input.toString());
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static String withInput(String command, String input) {
    StringBuilder mark = new StringBuilder("XCRON_INPUT");
    while (("\n" + input + "\n").contains("\n" + mark + "\n")) {
      mark.append('_');
    }
    return "{ " + command + "\n} <<'" + mark + "'\n" + input + "\n" + mark;
  }
}
