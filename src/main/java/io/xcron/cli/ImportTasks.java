package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code task import}: what is good in a file is kept, what is bad is named by its line. */
@Command(
    name = "import",
    description = {
      "Creates tasks from a file, or from standard input.",
      "Bad lines are named and the good ones kept; the exit code is 4 if one was bad."
    })
final class ImportTasks implements Callable<Integer> {
  private final Root root;
  private int failed;
  private boolean ended;

  /** What a file may hold. */
  enum Format {
    NDJSON("application/x-ndjson"),
    CRONTAB("text/plain"),
    GOCRON("text/csv");

    private final String contentType;

    Format(String contentType) {
      this.contentType = contentType;
    }

    /** As the API and the help write it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      defaultValue = "-",
      description = "The file; - is standard input.")
  String file = "-";

  @Option(
      names = "--format",
      description =
          "${COMPLETION-CANDIDATES}; else the file's ending tells: .csv, .crontab, else NDJSON.")
  @Nullable Format format;

  ImportTasks(Root root) {
    this.root = root;
  }

  @Override
  public Integer call() {
    Format meant = format == null ? byEnding(file) : format;
    try (Api api = root.api();
        InputStream in = new ProgressInput(root.open(file), size(), this::progress)) {
      Address address = Address.of("/api/v1/tasks/import").query("format", meant);
      api.lines("POST", address, meant.contentType, in, this::show);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!ended) {
      throw new CommandFailure(Exit.UNKNOWN, "the answer broke off: import the file again");
    }
    return failed == 0 ? Exit.OK.code() : Exit.REFUSED.code();
  }

  /** Zero for standard input, whose end nobody knows. */
  private long size() throws IOException {
    return file.equals("-") ? 0 : Files.size(Path.of(file));
  }

  private void progress(int percent) {
    if (!root.json) {
      root.warn(percent + " % sent");
    }
  }

  private static Format byEnding(String file) {
    return file.endsWith(".csv")
        ? Format.GOCRON
        : file.endsWith(".crontab") ? Format.CRONTAB : Format.NDJSON;
  }

  private void show(String line) {
    if (root.json) {
      root.around().out().println(line);
    }
    JsonNode answer = Api.parse(line);
    JsonNode error = answer.path("error");
    if (answer.has("imported")) {
      ended = true;
      failed = answer.path("failed").asInt();
      if (!root.json) {
        root.say("imported " + answer.path("imported").asInt() + ", failed " + failed);
      }
    } else if (error.isObject() && !root.json) {
      root.warn(
          "line "
              + answer.path("line").asInt()
              + ": "
              + TaskPrinter.text(error, "code")
              + ": "
              + TaskPrinter.text(error, "detail"));
    }
  }
}
