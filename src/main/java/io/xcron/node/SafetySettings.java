package io.xcron.node;

import io.helidon.common.tls.Tls;
import io.helidon.config.Config;
import io.xcron.alert.Alerts;
import io.xcron.alert.SmtpConfig;
import io.xcron.http.ApiToken;
import io.xcron.http.HttpConfig;
import io.xcron.http.Role;
import io.xcron.model.Alert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in, who is told, and what is kept of changes.
 *
 * @param security tokens and TLS of the API
 * @param smtp null when no mail server is set
 * @param alertThrottle for so long a task tells the same event once
 * @param auditDays after which audit lines go
 * @param auditMegabytes that they may take; the oldest go first
 */
public record SafetySettings(
    HttpConfig.Security security,
    @Nullable SmtpConfig smtp,
    Duration alertThrottle,
    int auditDays,
    int auditMegabytes) {
  private static final Duration SMTP_TIMEOUT = Duration.ofSeconds(10);

  public SafetySettings {
    if (auditDays < 1 || auditDays > 36_500 || auditMegabytes < 4 || auditMegabytes > 1 << 20) {
      throw new ConfigurationException(
          "XCRON_AUDIT_DAYS must be 1 to 36500, XCRON_AUDIT_MEGABYTES 4 to 1048576");
    }
  }

  /**
   * Reads them.
   *
   * @param root the whole configuration: TLS is Helidon's own, under {@code server.tls}
   */
  static SafetySettings read(Config root, Map<String, String> secrets) {
    Config xcron = root.get("xcron");
    try {
      return new SafetySettings(
          new HttpConfig.Security(tokens(xcron.get("security.tokens")), tls(root)),
          smtp(xcron, secrets),
          Duration.ofSeconds(NodeConfig.number(xcron, "alert.throttle-seconds", 300)),
          NodeConfig.number(xcron, "audit.days", 365),
          NodeConfig.number(xcron, "audit.megabytes", 256));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(String.valueOf(e.getMessage()));
    }
  }

  private static List<ApiToken> tokens(Config list) {
    List<ApiToken> tokens = new ArrayList<>();
    for (Config one : list.asNodeList().orElse(List.of())) {
      String name = one.get("name").asString().orElse("");
      tokens.add(
          new ApiToken(
              name,
              one.get("sha256").asString().orElse(""),
              role(name, one.get("role").asString().orElse("")),
              namespaces(one.get("namespaces"))));
    }
    return tokens;
  }

  private static Role role(String name, String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "read" -> Role.READ;
      case "write" -> Role.WRITE;
      case "admin" -> Role.ADMIN;
      default ->
          throw new ConfigurationException(
              "xcron.security.tokens: the role of " + name + " must be read, write or admin");
    };
  }

  /** A list, or names separated by commas. */
  private static Set<String> namespaces(Config node) {
    List<String> names =
        node.isLeaf()
            ? Arrays.asList(node.asString().orElse("").split(",", -1))
            : node.asList(String.class).orElse(List.of());
    Set<String> found = new LinkedHashSet<>();
    names.stream().map(String::strip).filter(name -> !name.isEmpty()).forEach(found::add);
    return found;
  }

  private static @Nullable Tls tls(Config root) {
    Config tls = root.get("server.tls");
    if (!tls.exists()) {
      return null;
    }
    try {
      return Tls.create(tls);
    } catch (RuntimeException e) {
      throw new ConfigurationException("server.tls: " + e.getMessage());
    }
  }

  private static @Nullable SmtpConfig smtp(Config xcron, Map<String, String> secrets) {
    String host = NodeConfig.text(xcron, "smtp.host", "");
    if (host.isBlank()) {
      return null;
    }
    boolean starttls = NodeConfig.flag(xcron, "smtp.starttls");
    String user = NodeConfig.text(xcron, "smtp.user", "");
    String secret = NodeConfig.text(xcron, "smtp.password-secret", "");
    String password = secret.isEmpty() ? null : secrets.get(secret);
    if (!user.isEmpty() && password == null) {
      throw new ConfigurationException(
          "XCRON_SMTP_PASSWORD_SECRET: must name one of xcron.secrets, with XCRON_SMTP_USER set");
    }
    String from = NodeConfig.text(xcron, "smtp.from", "");
    if (!Alert.isAddress(from)) {
      throw new ConfigurationException(
          "XCRON_SMTP_FROM: must be an address such as xcron@example.com");
    }
    return new SmtpConfig(
        host.strip(),
        NodeConfig.number(xcron, "smtp.port", starttls ? 587 : 25),
        user.isEmpty() ? null : user,
        user.isEmpty() ? null : password,
        from,
        starttls,
        SMTP_TIMEOUT);
  }

  Alerts.Config alerts() {
    return Alerts.Config.DEFAULT.withThrottle(alertThrottle);
  }

  boolean asksForTokens() {
    return !security.tokens().isEmpty();
  }
}
