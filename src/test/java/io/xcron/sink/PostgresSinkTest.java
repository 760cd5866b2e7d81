package io.xcron.sink;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The same stories on a real PostgreSQL; skipped where it is not installed. */
class PostgresSinkTest extends RunSinkTest {
  private static @Nullable Postgres postgres;

  @BeforeAll
  static void install() throws Exception {
    postgres = Postgres.start();
  }

  private static Postgres postgres() {
    return Objects.requireNonNull(postgres);
  }

  @AfterAll
  static void remove() throws Exception {
    if (postgres != null) {
      postgres.close();
    }
  }

  @Override
  void startDatabase() throws Exception {
    try (Connection connection = DriverManager.getConnection(postgres().url());
        Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS xcron_runs, xcron_run_sources");
    }
  }

  @Override
  void crashDatabase() throws Exception {
    postgres().crash();
  }

  @Override
  void restartDatabase() throws Exception {
    postgres().begin();
  }

  @Override
  void stopDatabase() {}

  @Override
  String url() {
    return postgres().url();
  }
}
