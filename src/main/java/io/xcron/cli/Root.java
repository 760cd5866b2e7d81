package io.xcron.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** What all commands share: where the member is, who asks, and how the answer is shown. */
@Command(
    name = "xcron",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Talks to a member of xcron over its HTTP API.",
      "Without any argument the jar starts a member."
    },
    footer = {
      "",
      "Exit codes: 0 done; 1 an error of the tool; 2 wrong command line; 3 not found;",
      "4 refused (trying again does not help); 5 not authorised; 6 not accepted now and",
      "surely not stored; 7 unknown, it may have taken effect; 8 no member answers."
    })
final class Root {
  private final Surroundings around;

  @Option(
      names = "--url",
      scope = ScopeType.INHERIT,
      paramLabel = "URL",
      description = "A member's API; else XCRON_URL, else http://127.0.0.1:8000.")
  @Nullable String url;

  @Option(
      names = "--token-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "Holds the bearer token; else XCRON_TOKEN is it, or XCRON_TOKEN_FILE names it.")
  @Nullable Path tokenFile;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print what the API answers, as JSON.")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  boolean version;

  Root(Surroundings around) {
    this.around = around;
  }

  Surroundings around() {
    return around;
  }

  Api api() {
    String where = url == null ? environment("XCRON_URL") : url;
    if (where == null) {
      where = "http://127.0.0.1:8000";
    }
    try {
      URI base = URI.create(where);
      String scheme = base.getScheme();
      if (base.getHost() != null && ("http".equals(scheme) || "https".equals(scheme))) {
        return new Api(base, token());
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(Exit.USAGE, "not a URL: " + where);
    }
    throw new CommandFailure(Exit.USAGE, "not an http or https URL: " + where);
  }

  /** The token is never an argument: other users of the machine can read those. */
  private @Nullable String token() {
    Path file = tokenFile;
    if (file == null) {
      String token = environment("XCRON_TOKEN");
      String named = environment("XCRON_TOKEN_FILE");
      if (token != null || named == null) {
        return token;
      }
      file = Path.of(named);
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new CommandFailure(Exit.USAGE, "the token's file cannot be read: " + e);
    }
  }

  private @Nullable String environment(String name) {
    String value = around.environment().get(name);
    return value == null || value.isBlank() ? null : value;
  }

  /** Prints the answer as it came, or by the printer for people. */
  void show(JsonNode answer, Consumer<JsonNode> printer) {
    if (json) {
      around.out().println(answer);
    } else {
      printer.accept(answer);
    }
  }

  void say(String line) {
    around.out().println(Table.clean(line));
  }

  void say(Table table) {
    table.lines().forEach(around.out()::println);
  }

  void warn(String line) {
    around.err().println(Table.clean(line));
  }

  /** A file, or standard input for a dash. */
  InputStream open(String file) {
    try {
      return file.equals("-") ? around.in() : Files.newInputStream(Path.of(file));
    } catch (IOException e) {
      throw new CommandFailure(Exit.USAGE, "cannot be read: " + e.getMessage());
    }
  }

  /** The JSON in a file, or on standard input for a dash. */
  JsonNode readJson(String file) {
    try (InputStream in = open(file)) {
      return Api.JSON.readTree(in);
    } catch (JsonProcessingException e) {
      throw new CommandFailure(Exit.USAGE, file + " is no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode argumentJson(String option, String text) {
    try {
      return Api.JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new CommandFailure(Exit.USAGE, option + " is no JSON: " + e.getOriginalMessage());
    }
  }
}
