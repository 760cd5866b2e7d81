package io.xcron.sink;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where run records go.
 *
 * @param url of the database, {@code jdbc:postgresql:} or {@code jdbc:h2:}; others are refused,
 *     because an upsert is written differently for each
 * @param user null for the driver's own choice
 * @param password null for none
 * @param cluster name of the cluster; part of a row's key, so that clusters can share a table
 * @param member as the table of places names it, for people
 * @param batchRows records in a transaction at most. Small ones cost round trips; large ones hold
 *     locks, memory and what is repeated after a failure
 * @param look how long nothing is asked of the store when all was sent
 * @param pauses after a failure: the first and the longest; each doubles the one before
 * @param farewell how long {@link RunSink#close} goes on sending what is left
 */
public record SinkConfig(
    String url,
    @Nullable String user,
    @Nullable String password,
    String cluster,
    String member,
    int batchRows,
    Duration look,
    Pauses pauses,
    Duration farewell) {

  /** How long to wait after failures. */
  public record Pauses(Duration first, Duration longest) {
    public Pauses {
      if (!first.isPositive() || longest.compareTo(first) < 0) {
        throw new IllegalArgumentException("pauses must be positive, and the longest no shorter");
      }
    }
  }

  public SinkConfig {
    if (batchRows < 1 || batchRows > 10_000) {
      throw new IllegalArgumentException("a batch has 1 to 10000 rows, not " + batchRows);
    }
    if (!look.isPositive() || farewell.isNegative()) {
      throw new IllegalArgumentException("look must be positive, farewell not negative");
    }
    Dialect.of(url);
  }

  /**
   * The defaults.
   *
   * @throws IllegalArgumentException if no database is meant, or its driver is not there
   */
  public static SinkConfig of(
      String url, @Nullable String user, @Nullable String password, String cluster, String member) {
    SinkConfig config =
        new SinkConfig(
            url,
            user,
            password,
            cluster,
            member,
            500,
            Duration.ofSeconds(1),
            new Pauses(Duration.ofSeconds(1), Duration.ofMinutes(1)),
            Duration.ofSeconds(5));
    try {
      DriverManager.getDriver(url);
    } catch (SQLException e) {
      throw new IllegalArgumentException(
          "no driver for "
              + Dialect.of(url).name().toLowerCase(Locale.ROOT)
              + " accepts this URL; its jar must be on the class path, and the URL be one of its own",
          e);
    }
    return config;
  }

  /** The same with other times, for a database that answers at once. */
  public SinkConfig withTimes(Duration other, Pauses otherPauses) {
    return new SinkConfig(
        url, user, password, cluster, member, batchRows, other, otherPauses, farewell);
  }

  /** Without what may be secret: the parameters, and the password. */
  @Override
  public String toString() {
    return url.replaceAll("[?;].*", "").replaceAll("//[^/@]*@", "//");
  }
}
