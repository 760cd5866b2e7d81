package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A dump of gocron's table {@code tb_cron_schedule}: CSV with a line of column names (RFC 4180), or
 * a JSON array of rows, also in the wrapping of phpMyAdmin. Read whole: a body has at most a
 * megabyte, and such a table hundreds of rows.
 */
final class GocronDump {
  private static final int MAX_COLUMNS = 100;

  private final String text;
  private final List<GocronJob> jobs = new ArrayList<>();
  private int at;
  private long line = 1;

  private GocronDump(String text) {
    this.text = text;
  }

  static List<GocronJob> read(byte[] body) {
    String text = Texts.utf8(body, 0, body.length);
    String begin = text.stripLeading();
    if (begin.startsWith("[") || begin.startsWith("{")) {
      return rows(Json.tree(body));
    }
    GocronDump dump = new GocronDump(text.startsWith("\uFEFF") ? text.substring(1) : text);
    dump.csv();
    return dump.jobs;
  }

  // JSON: rows are numbered in their order.

  private static List<GocronJob> rows(JsonNode tree) {
    List<GocronJob> jobs = new ArrayList<>();
    for (JsonNode element : tree.isArray() ? tree : List.of(tree)) {
      JsonNode data = element.path("data");
      if (data.isArray()) {
        data.forEach(row -> jobs.add(job(row, jobs.size() + 1)));
      } else if (element.has("jobid") || !element.has("type")) {
        // What phpMyAdmin says of itself and of the database has a type and no job.
        jobs.add(job(element, jobs.size() + 1));
      }
    }
    return jobs;
  }

  private static GocronJob job(JsonNode row, long number) {
    Map<String, String> columns = new HashMap<>();
    row.properties()
        .forEach(
            column -> {
              JsonNode value = column.getValue();
              if (!value.isNull() && !value.asText().isEmpty()) {
                columns.put(column.getKey().toLowerCase(Locale.ROOT), value.asText());
              }
            });
    return new GocronJob(number, row.toString().length(), columns);
  }

  // CSV

  private void csv() {
    List<String> names = record().stream().map(n -> n.strip().toLowerCase(Locale.ROOT)).toList();
    if (!names.contains("jobid")) {
      throw Problem.of(
          Code.MALFORMED, "the first line must name the columns, and one of them must be jobid");
    }
    while (at < text.length()) {
      long begin = line;
      int from = at;
      List<String> fields = record();
      if (fields.size() == 1 && fields.getFirst().isBlank()) {
        continue;
      }
      Map<String, String> columns = new HashMap<>();
      for (int i = 0; i < Math.min(names.size(), fields.size()); i++) {
        String value = fields.get(i);
        if (!value.isEmpty() && !value.equals("NULL") && !value.equals("\\N")) {
          columns.put(names.get(i), value);
        }
      }
      jobs.add(new GocronJob(begin, at - from, columns));
    }
  }

  /** The fields of one record, which may go over several lines within quotes. */
  private List<String> record() {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '\n') {
        line++;
      }
      if (quoted) {
        if (c != '"') {
          field.append(c);
        } else if (at < text.length() && text.charAt(at) == '"') {
          field.append('"');
          at++;
        } else {
          quoted = false;
        }
      } else if (c == '"' && field.isEmpty()) {
        quoted = true;
      } else if (c == ',') {
        next(fields, field);
      } else if (c == '\n') {
        break;
      } else if (c != '\r') {
        field.append(c);
      }
    }
    if (quoted) {
      throw Problem.of(Code.MALFORMED, "a quote is not closed before the end of the body");
    }
    next(fields, field);
    return fields;
  }

  private void next(List<String> fields, StringBuilder field) {
    if (fields.size() == MAX_COLUMNS) {
      throw Problem.of(
          Code.MALFORMED, "line " + line + " has more than " + MAX_COLUMNS + " columns");
    }
    fields.add(field.toString());
    field.setLength(0);
  }
}
