package io.xcron.sink;

import io.xcron.model.RunRecord;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A column of the table of runs: the schema, in types that PostgreSQL and H2 share.
 *
 * @param constraint what follows the type
 */
record Column(String name, String type, String constraint, Function<Row, @Nullable Object> value) {
  private static final String TEXT = "VARCHAR";
  private static final String LONG = "BIGINT";
  private static final String INT = "INTEGER";
  private static final String INSTANT = "TIMESTAMP WITH TIME ZONE";
  private static final String MUST = " NOT NULL";

  static final List<Column> KEY =
      List.of(
          must("cluster", TEXT, Row::cluster),
          must("task_id", TEXT, row -> text(row.run().taskId())),
          must("generation", LONG, row -> row.run().generation()),
          must("run_number", LONG, row -> row.run().number()));

  static final List<Column> REST =
      List.of(
          must("namespace", TEXT, row -> text(row.namespace())),
          must("scheduled_at", INSTANT, row -> instant(row.run().scheduledMillis())),
          must("due_at", INSTANT, row -> instant(row.run().dueMillis())),
          must("started_at", INSTANT, row -> instant(row.run().startMillis())),
          must("ended_at", INSTANT, row -> instant(row.run().endMillis())),
          must("outcome", TEXT, row -> row.run().outcome().name().toLowerCase(Locale.ROOT)),
          must("late", "BOOLEAN", row -> row.run().late()),
          must("attempts", INT, Column::attempts),
          may("status", INT, row -> row.lastTry() == null ? null : row.lastTry().status()),
          may("error", TEXT, row -> row.lastTry() == null ? null : text(row.lastTry().error())),
          must("member", TEXT, row -> text(row.run().member())),
          must("fencing_token", LONG, row -> row.run().token()),
          may("output", TEXT, row -> text(row.run().output())),
          may("detail", TEXT, row -> text(row.run().detail())),
          must("sequence", LONG, Row::sequence));

  /** A run on its way into the table. */
  record Row(String cluster, String namespace, RunRecord run, long sequence) {
    RunRecord.@Nullable Try lastTry() {
      return run.attempts().isEmpty() ? null : run.attempts().getLast();
    }
  }

  private static Column must(String name, String type, Function<Row, @Nullable Object> value) {
    return new Column(name, type, MUST, value);
  }

  private static Column may(String name, String type, Function<Row, @Nullable Object> value) {
    return new Column(name, type, "", value);
  }

  /** The number of the last one, as a record keeps only the newest. */
  private static int attempts(Row row) {
    RunRecord.Try last = row.lastTry();
    return last == null ? 0 : last.number();
  }

  private static OffsetDateTime instant(long millis) {
    return Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC);
  }

  /** PostgreSQL has no text with a NUL in it. */
  private static @Nullable String text(@Nullable String text) {
    return text == null || text.indexOf('\0') < 0 ? text : text.replace('\0', '\uFFFD');
  }
}
