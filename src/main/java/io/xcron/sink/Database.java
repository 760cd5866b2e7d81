package io.xcron.sink;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Properties;

/**
 * One connection to the database. Not thread-safe. After a call has failed nothing of it is in the
 * database, or all of it when the answer to the commit was lost; close it then.
 */
final class Database implements AutoCloseable {
  private final SinkConfig config;
  private final String source;
  private final Connection connection;

  private Database(SinkConfig config, String source, Connection connection) {
    this.config = config;
    this.source = source;
    this.connection = connection;
  }

  /** Connects, and makes the tables if they are not there. */
  static Database open(SinkConfig config, String source) throws SQLException {
    Properties properties = Dialect.of(config.url()).properties();
    if (config.user() != null) {
      properties.setProperty("user", config.user());
    }
    if (config.password() != null) {
      properties.setProperty("password", config.password());
    }
    Connection connection = DriverManager.getConnection(config.url(), properties);
    Database database = new Database(config, source, connection);
    try {
      connection.setAutoCommit(false);
      database.prepare();
    } catch (SQLException e) {
      try {
        connection.close();
      } catch (SQLException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
    return database;
  }

  /** Looks before it creates, because to create needs a right that to write does not. */
  private void prepare() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      try {
        statement.executeQuery("SELECT sequence FROM xcron_runs WHERE 1 = 0").close();
        statement.executeQuery("SELECT done FROM xcron_run_sources WHERE 1 = 0").close();
      } catch (SQLException e) {
        connection.rollback();
        for (String one : Dialect.schema()) {
          statement.execute(one);
        }
      }
    }
    connection.commit();
  }

  /**
   * Up to which file of the source all records are here; -1 when nothing was ever written by it.
   */
  long done() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT done FROM xcron_run_sources WHERE source = ?")) {
      statement.setString(1, source);
      long done;
      try (ResultSet found = statement.executeQuery()) {
        done = found.next() ? found.getLong(1) : -1;
      }
      connection.commit();
      return done;
    }
  }

  /**
   * Puts rows and the place into the tables, in one transaction.
   *
   * @param rows each key once, in the same order for all members, so that two that have the same
   *     records do not wait for each other in a circle
   */
  void write(List<Column.Row> rows, long done) throws SQLException {
    upsert(rows);
    savePlace(done);
    connection.commit();
  }

  private void upsert(List<Column.Row> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement =
        connection.prepareStatement(Dialect.of(config.url()).upsert())) {
      for (Column.Row row : rows) {
        int parameter = 1;
        for (Column column : Dialect.ALL) {
          statement.setObject(parameter++, column.value().apply(row));
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private void savePlace(long done) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE xcron_run_sources SET done = ?, updated_at = ? WHERE source = ?")) {
      update.setLong(1, done);
      update.setObject(2, OffsetDateTime.now(ZoneOffset.UTC));
      update.setString(3, source);
      if (update.executeUpdate() > 0) {
        return;
      }
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO xcron_run_sources (source, cluster, member, done, updated_at)"
                + " VALUES (?, ?, ?, ?, ?)")) {
      insert.setString(1, source);
      insert.setString(2, config.cluster());
      insert.setString(3, config.member());
      insert.setLong(4, done);
      insert.setObject(5, OffsetDateTime.now(ZoneOffset.UTC));
      insert.executeUpdate();
    }
  }

  /**
   * Whether the database is well and only refuses what it was given: a class of SQLSTATE 22 (data)
   * or 23 (integrity). The transaction is rolled back.
   */
  boolean refuses(SQLException failure) throws SQLException {
    String state = failure.getSQLState();
    if (state == null || !(state.startsWith("22") || state.startsWith("23"))) {
      return false;
    }
    connection.rollback();
    return true;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
