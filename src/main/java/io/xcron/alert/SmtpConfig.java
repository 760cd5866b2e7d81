package io.xcron.alert;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The mail server.
 *
 * @param user null for a server that asks for none
 * @param password null with no user
 * @param starttls whether the connection must be encrypted before anything is said; a server that
 *     cannot is not used
 * @param timeout of connecting and of each answer
 */
public record SmtpConfig(
    String host,
    int port,
    @Nullable String user,
    @Nullable String password,
    String from,
    boolean starttls,
    Duration timeout) {
  public SmtpConfig {
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a mail server has a host and a port from 1 to 65535");
    }
    if ((user == null) != (password == null)) {
      throw new IllegalArgumentException("a mail server's user and password go together");
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
