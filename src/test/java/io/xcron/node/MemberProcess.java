package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A member in a process of its own, as a user starts it. */
final class MemberProcess implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile("xcron \\S+ ready: (http://\\S+) member \\S+");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_REASONS = 5;

  private final Process process;
  private final Path log;
  private final URI api;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private MemberProcess(Process process, Path log, URI api) {
    this.process = process;
    this.log = log;
    this.api = api;
  }

  /** Starts a member on free ports and waits for its ready line. */
  static MemberProcess start(Path data, Map<String, String> environment) throws IOException {
    return start(List.of(), data, environment);
  }

  /** The same, with a prefix as in {@link #launch}. */
  static MemberProcess start(List<String> prefix, Path data, Map<String, String> environment)
      throws IOException {
    return start(Main.class, prefix, data, environment);
  }

  /** The same of another class of ours that says when it is ready. */
  static MemberProcess start(
      Class<?> main, List<String> prefix, Path data, Map<String, String> environment)
      throws IOException {
    return begin(main, prefix, data, environment).awaitReady();
  }

  /** The same without waiting. */
  static Starting begin(
      Class<?> main, List<String> prefix, Path data, Map<String, String> environment)
      throws IOException {
    Path log = Files.createTempFile(data.getParent(), "member", ".log");
    return new Starting(launch(main.getName(), prefix, List.of(), data, environment, log), log);
  }

  /** One that is not known to be ready yet. */
  record Starting(Process process, Path log) {
    MemberProcess awaitReady() throws IOException {
      BufferedReader out = process.inputReader();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        Matcher ready = READY.matcher(line);
        if (ready.matches()) {
          return new MemberProcess(process, log, URI.create(ready.group(1)));
        }
      }
      throw new AssertionError("the member did not start:\n" + Files.readString(log));
    }
  }

  /** Starts a member that is expected to end by itself; its output is in {@code log}. */
  static Process launch(Path data, Map<String, String> environment, Path log) throws IOException {
    return launch(Main.class.getName(), List.of(), List.of(), data, environment, log);
  }

  /**
   * Starts a class of ours as a member is started.
   *
   * @param prefix what comes before the JVM, as to enter a network namespace
   * @param jvm further flags of the JVM
   */
  static Process launch(
      String main,
      List<String> prefix,
      List<String> jvm,
      Path data,
      Map<String, String> environment,
      Path log)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(MemberImage.command());
    command.addAll(jvm);
    command.add(main);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(Objects.requireNonNull(data.getParent()).toFile());
    builder.environment().put("XCRON_HTTP_PORT", "0");
    builder.environment().put("XCRON_MEMBER_PORT", "0");
    builder.environment().put("XCRON_WARM_UP", "0");
    builder.environment().put("XCRON_DATA_DIR", data.toString());
    builder.environment().putAll(environment);
    return builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
  }

  /** What is sent as text, not JSON. */
  String text(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path)).timeout(Duration.ofSeconds(10)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** An answer: its status and its JSON, null when there is none. */
  record Answer(int status, JsonNode json) {}

  Answer call(String method, String path, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path))
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), JSON.readTree(response.body()));
  }

  /** A figure of {@code /metrics} without labels. */
  long metric(String name) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve("/metrics")).timeout(Duration.ofSeconds(10)).build();
    return client
        .send(request, HttpResponse.BodyHandlers.ofLines())
        .body()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }

  /** A header of the answer to a GET; empty without it. */
  String header(String path, String name) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path)).timeout(Duration.ofSeconds(10)).build();
    return client
        .send(request, HttpResponse.BodyHandlers.discarding())
        .headers()
        .firstValue(name)
        .orElse("");
  }

  /** Imports tasks, one a line; returns how many were taken. */
  int importLines(String lines) throws IOException, InterruptedException {
    List<JsonNode> answers = importAnswers(lines);
    answers.stream()
        .map(answer -> answer.path("error"))
        .filter(JsonNode::isObject)
        .distinct()
        .limit(MOST_REASONS)
        .forEach(error -> System.out.println("a line was not taken: " + error));
    return answers.getLast().path("imported").asInt();
  }

  /** The same; returns what was answered to each line, and the counts last. */
  List<JsonNode> importAnswers(String lines) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve("/api/v1/tasks/import"))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofString(lines))
            .build();
    String answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    List<JsonNode> answers = new ArrayList<>();
    for (String line : answer.strip().split("\n", -1)) {
      answers.add(JSON.readTree(line));
    }
    return answers;
  }

  /** Each line of an export, as JSON. */
  void export(Consumer<JsonNode> line) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve("/api/v1/tasks/export"))
            .timeout(Duration.ofSeconds(60))
            .build();
    HttpResponse<InputStream> response =
        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (MappingIterator<JsonNode> lines =
        JSON.readerFor(JsonNode.class).readValues(response.body())) {
      if (response.statusCode() != 200) {
        throw new AssertionError("no export: " + lines.next());
      }
      lines.forEachRemaining(line);
    }
  }

  Answer get(String path) throws IOException, InterruptedException {
    return call("GET", path, "");
  }

  /** Sends a signal by its name to one process. */
  static void signal(String name, long pid) {
    try {
      int code = new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor();
      if (code != 0) {
        throw new AssertionError("kill -" + name + " " + pid + ": " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  Process process() {
    return process;
  }

  long pid() {
    return process.pid();
  }

  /** kill -9; returns when the process is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
    client.shutdownNow();
  }

  /** SIGTERM; returns the exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(40, TimeUnit.SECONDS)) {
      throw new AssertionError("the member did not stop:\n" + logText());
    }
    client.shutdownNow();
    return process.exitValue();
  }

  String logText() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      // A hung one has to go on to be killed at once.
      signal("CONT", process.pid());
    }
    kill();
  }
}
