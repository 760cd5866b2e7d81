package io.xcron.sink;

import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the two databases write differently. */
enum Dialect {
  POSTGRESQL("jdbc:postgresql:") {
    @Override
    String upsert() {
      return "INSERT INTO xcron_runs ("
          + names("")
          + ") VALUES ("
          + list(ALL, column -> "?")
          + ") ON CONFLICT ("
          + list(Column.KEY, Column::name)
          + ") DO UPDATE SET "
          + list(Column.REST, column -> column.name() + " = EXCLUDED." + column.name())
          + " WHERE xcron_runs.sequence < EXCLUDED.sequence";
    }

    // Bounds on how long the driver waits; the URL may set others.
    @Override
    Properties properties() {
      Properties properties = new Properties();
      properties.setProperty("connectTimeout", "10");
      properties.setProperty("loginTimeout", "20");
      properties.setProperty("socketTimeout", "60");
      properties.setProperty("tcpKeepAlive", "true");
      properties.setProperty("ApplicationName", "xcron");
      properties.setProperty("reWriteBatchedInserts", "true");
      return properties;
    }
  },
  H2("jdbc:h2:") {
    @Override
    String upsert() {
      return "MERGE INTO xcron_runs t USING (VALUES ("
          + list(ALL, column -> "CAST(? AS " + column.type() + ")")
          + ")) AS s ("
          + names("")
          + ") ON ("
          + Column.KEY.stream()
              .map(column -> "t." + column.name() + " = s." + column.name())
              .collect(Collectors.joining(" AND "))
          + ") WHEN MATCHED AND t.sequence < s.sequence THEN UPDATE SET "
          + list(Column.REST, column -> column.name() + " = s." + column.name())
          + " WHEN NOT MATCHED THEN INSERT ("
          + names("")
          + ") VALUES ("
          + names("s.")
          + ")";
    }

    @Override
    Properties properties() {
      return new Properties();
    }
  };

  /** In the order of the upsert's parameters. */
  static final List<Column> ALL = Stream.concat(Column.KEY.stream(), Column.REST.stream()).toList();

  private final String prefix;

  Dialect(String prefix) {
    this.prefix = prefix;
  }

  static Dialect of(String url) {
    for (Dialect dialect : values()) {
      if (url.startsWith(dialect.prefix)) {
        return dialect;
      }
    }
    throw new IllegalArgumentException("must begin with " + POSTGRESQL.prefix + " or " + H2.prefix);
  }

  /** One row; the record with the larger sequence wins. */
  abstract String upsert();

  abstract Properties properties();

  /** What is run when the table of runs is not there. */
  static List<String> schema() {
    return List.of(
        "CREATE TABLE IF NOT EXISTS xcron_runs ("
            + list(ALL, column -> column.name() + " " + column.type() + column.constraint())
            + ", PRIMARY KEY ("
            + list(Column.KEY, Column::name)
            + "))",
        "CREATE INDEX IF NOT EXISTS xcron_runs_ended ON xcron_runs (ended_at)",
        "CREATE TABLE IF NOT EXISTS xcron_run_sources (source VARCHAR NOT NULL PRIMARY KEY,"
            + " cluster VARCHAR NOT NULL, member VARCHAR NOT NULL, done BIGINT NOT NULL,"
            + " updated_at TIMESTAMP WITH TIME ZONE NOT NULL)");
  }

  private static String names(String prefix) {
    return list(ALL, column -> prefix + column.name());
  }

  private static String list(List<Column> columns, Function<Column, String> part) {
    return columns.stream().map(part).collect(Collectors.joining(", "));
  }
}
