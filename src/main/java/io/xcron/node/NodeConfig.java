package io.xcron.node;

import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import io.xcron.history.RunJournal;
import io.xcron.journal.SyncPolicy;
import io.xcron.sink.SinkConfig;
import io.xcron.target.ServiceCommands;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How one member is set up: the settings of the contract's section "Start", which describes each.
 *
 * @param httpPort 0 for any free port
 * @param rateLimit requests a second of one client address; 0 for no bound
 * @param members {@code host:port} of all, this one included; empty for a member that runs alone
 * @param clusterSize the expected members; 1 runs alone
 * @param apiToken null for none
 * @param zone of cron texts that name none
 * @param serviceCommands by which numbers services are told heartbeats from callbacks
 * @param warmUp practice fires after the start; 0 starts cold
 * @param acceptLoss open a journal that has lost acknowledged records; for once, by an operator who
 *     knows
 * @param leaveCluster go on alone with the journal of a member of a cluster; for once, by an
 *     operator who knows that no other member has accepted anything since
 */
public record NodeConfig(
    String httpHost,
    int httpPort,
    int rateLimit,
    Path dataDirectory,
    String memberHost,
    int memberPort,
    List<String> members,
    int clusterSize,
    String clusterName,
    @Nullable String apiToken,
    boolean allowAnonymous,
    List<String> trustedNetworks,
    boolean shellEnabled,
    List<String> groups,
    String targetAllow,
    String targetDeny,
    SyncPolicy sync,
    ZoneId zone,
    boolean typeFromFormat,
    ServiceCommands serviceCommands,
    boolean acceptLoss,
    boolean leaveCluster,
    int warmUp,
    Map<String, String> secrets,
    @Nullable String signingSecret,
    HistorySettings history,
    SafetySettings safety) {

  /**
   * How much is kept of what has run, on this member.
   *
   * @param days after which records go
   * @param megabytes that the records may take; the oldest go first
   * @param outputBytes that are kept of a run's output
   * @param sink the database that gets them too; null for none
   */
  public record HistorySettings(
      int days, int megabytes, int outputBytes, @Nullable SinkConfig sink) {
    public HistorySettings {
      require("HISTORY_DAYS", days, 1, 36_500);
      require("HISTORY_MEGABYTES", megabytes, 64, 1 << 20);
      require("HISTORY_OUTPUT_BYTES", outputBytes, 0, RunJournal.MAX_OUTPUT_BYTES);
    }

    private static void require(String name, int value, int least, int most) {
      if (value < least || value > most) {
        throw new ConfigurationException(
            "XCRON_" + name + ": must be " + least + " to " + most + ", not " + value);
      }
    }
  }

  private static final String FILE = "helidon.yaml";

  /**
   * Helidon's server forbids the whole process to read Java-serialized objects, and Hazelcast's
   * members tell each other of failures by them, Raft's voters of who leads: without these classes
   * no vote ends. Hazelcast's own filter is narrower. What JMX sends is among them, for consoles.
   */
  private static final String READABLE = "helidon.serialFilter.pattern";

  static {
    if (System.getProperty(READABLE) == null) {
      System.setProperty(READABLE, "com.hazelcast.**;java.**;javax.management.**");
    }
  }

  /**
   * Reads {@code helidon.yaml} from the working directory, else from the jar, and the environment
   * over it.
   */
  public static NodeConfig load() {
    Config config =
        Config.builder()
            .disableEnvironmentVariablesSource()
            .disableSystemPropertiesSource()
            .disableCaching()
            .sources(
                ConfigSources.environmentVariables(),
                ConfigSources.file(FILE).optional(),
                ConfigSources.classpath(FILE))
            .build();
    return read(config);
  }

  /**
   * From settings as in {@code helidon.yaml}, such as {@code data.dir}, without the file and the
   * environment.
   *
   * @throws ConfigurationException if one of them is wrong
   */
  public static NodeConfig of(Map<String, String> settings) {
    Map<String, String> prefixed = new HashMap<>();
    settings.forEach((name, value) -> prefixed.put("xcron." + name, value));
    return read(Config.just(ConfigSources.create(prefixed)));
  }

  /** A member with all defaults, on free ports and this data directory. */
  static NodeConfig local(Path dataDirectory) {
    return read(
        Config.just(
            ConfigSources.create(
                Map.of(
                    "xcron.http.port", "0",
                    "xcron.member.port", "0",
                    "xcron.warm-up", "0",
                    "xcron.data.dir", dataDirectory.toString()))));
  }

  static NodeConfig read(Config config) {
    Config xcron = config.get("xcron");
    List<String> members = list(xcron, "members");
    Map<String, String> secrets = xcron.get("secrets").detach().asMap().orElse(Map.of());
    NodeConfig read =
        new NodeConfig(
            text(xcron, "http.host", "127.0.0.1"),
            number(xcron, "http.port", 8000),
            number(xcron, "http.rate-limit", 0),
            Path.of(text(xcron, "data.dir", "./data")),
            text(xcron, "member.host", "127.0.0.1"),
            number(xcron, "member.port", 5701),
            members,
            number(xcron, "cluster.size", Math.max(1, members.size())),
            text(xcron, "cluster.name", "xcron"),
            optional(xcron, "api.token"),
            flag(xcron, "allow.anonymous"),
            list(xcron, "trusted.networks"),
            flag(xcron, "shell.enabled"),
            list(xcron, "groups"),
            text(xcron, "target.allow", ""),
            text(xcron, "target.deny", ""),
            sync(text(xcron, "journal.sync", "always")),
            zone(text(xcron, "zone", "")),
            flag(xcron, "compat.type-from-format"),
            commands(text(xcron, "compat.easytask-cmd", "document")),
            flag(xcron, "journal.accept-loss"),
            flag(xcron, "journal.leave-cluster"),
            number(xcron, "warm-up", 300_000),
            forHeaders(xcron, secrets),
            optional(xcron, "webhook.secret"),
            new HistorySettings(
                number(xcron, "history.days", 7),
                number(xcron, "history.megabytes", 2_048),
                number(xcron, "history.output-bytes", RunJournal.DEFAULT_OUTPUT_BYTES),
                SinkParts.read(
                    xcron,
                    secrets,
                    text(xcron, "cluster.name", "xcron"),
                    text(xcron, "member.host", "127.0.0.1")
                        + ":"
                        + number(xcron, "member.port", 5701))),
            SafetySettings.read(config, secrets));
    read.check();
    return read;
  }

  /** Whether only this machine can reach the API. */
  boolean loopbackOnly() {
    try {
      return InetAddress.getByName(httpHost).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          "XCRON_HTTP_HOST: " + httpHost + " is no address of this machine");
    }
  }

  /** Whether the API listens at every address of this machine. */
  boolean listensEverywhere() {
    try {
      return InetAddress.getByName(httpHost).isAnyLocalAddress();
    } catch (UnknownHostException e) {
      throw new ConfigurationException(
          "XCRON_HTTP_HOST: " + httpHost + " is no address of this machine");
    }
  }

  /** Whether others than this machine are served without a token. */
  boolean isOpenToAll() {
    return apiToken == null && !safety.asksForTokens() && !loopbackOnly();
  }

  private void check() {
    ClusterMembers.check(this);
    var unused = NodeParts.httpConfig(this);
    if (isOpenToAll() && !allowAnonymous) {
      throw new ConfigurationException(
          "XCRON_HTTP_HOST: "
              + httpHost
              + " can be reached by others, and there is no token; set XCRON_API_TOKEN, or XCRON_ALLOW_ANONYMOUS=true"
              + " if everybody may schedule requests from this machine");
    }
    if (allowAnonymous && shellEnabled && trustedNetworks.isEmpty()) {
      throw new ConfigurationException(
          "XCRON_ALLOW_ANONYMOUS: with XCRON_SHELL_ENABLED everybody could run commands here; set"
              + " XCRON_TRUSTED_NETWORKS, or one of the two to false");
    }
  }

  static String text(Config config, String key, String fallback) {
    // The environment has no dashes: XCRON_WARM_UP arrives as warm.up.
    return config
        .get(key.replace('-', '.'))
        .asString()
        .or(() -> config.get(key).asString().asOptional())
        // Compose files and units pass variables on that are not set as empty ones.
        .filter(text -> !text.isEmpty())
        .orElse(fallback);
  }

  /** What a header may name: whoever may write a task can read those, and not our own passwords. */
  private static Map<String, String> forHeaders(Config xcron, Map<String, String> secrets) {
    Map<String, String> named = new HashMap<>(secrets);
    for (String own : List.of("smtp.password-secret", "history.jdbc.password-secret")) {
      named.remove(text(xcron, own, ""));
    }
    return Map.copyOf(named);
  }

  private static @Nullable String optional(Config config, String key) {
    String text = text(config, key, "");
    return text.isEmpty() ? null : text;
  }

  private static List<String> list(Config config, String key) {
    return Arrays.stream(text(config, key, "").split(","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  static int number(Config config, String key, int fallback) {
    String text = text(config, key, "");
    return text.isEmpty()
        ? fallback
        : parsed(
            key,
            text,
            "a whole number that is not negative",
            () -> Integer.parseUnsignedInt(text.strip()));
  }

  static boolean flag(Config config, String key) {
    String text = text(config, key, "false").strip().toLowerCase(Locale.ROOT);
    return switch (text) {
      case "true" -> true;
      case "false", "" -> false;
      default ->
          throw new ConfigurationException(variable(key) + ": must be true or false, not " + text);
    };
  }

  private static SyncPolicy sync(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "always" -> SyncPolicy.ALWAYS;
      case "interval" -> SyncPolicy.INTERVAL;
      default ->
          throw new ConfigurationException(
              "XCRON_JOURNAL_SYNC: must be always or interval, not " + text);
    };
  }

  private static ServiceCommands commands(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "document" -> ServiceCommands.DOCUMENT;
      case "code" -> ServiceCommands.CODE;
      default ->
          throw new ConfigurationException(
              "XCRON_COMPAT_EASYTASK_CMD: must be document or code, not " + text);
    };
  }

  private static ZoneId zone(String text) {
    return text.isBlank()
        ? ZoneId.systemDefault()
        : parsed("zone", text, "a zone such as Europe/Zurich", () -> ZoneId.of(text.strip()));
  }

  private static <T> T parsed(String key, String text, String what, Supplier<T> parser) {
    try {
      return parser.get();
    } catch (NumberFormatException | DateTimeException e) {
      throw new ConfigurationException(variable(key) + ": must be " + what + ", not " + text);
    }
  }

  private static String variable(String key) {
    return "XCRON_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
