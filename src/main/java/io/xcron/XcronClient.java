package io.xcron;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.http.RefusedException;
import io.xcron.http.TaskJson;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * xcron over HTTP, without Hazelcast. Any thread may call.
 *
 * <p>A request is tried four times at most, with a growing pause of up to two seconds, each time at
 * another member if several are known. It is repeated when it surely was not stored: no connection
 * could be made, or the answer says so. When nobody knows, only what may be repeated without harm
 * is: reads, {@link #createOnce}, {@link #replace(Task)}, {@link #delete}, {@link #pause} and
 * {@link #resume}; everything else fails with {@code UNKNOWN}.
 */
public final class XcronClient implements XcronTasks, AutoCloseable {
  private static final String TASKS = "/api/v1/tasks";

  /** Requests of a bulk that are under way at once. */
  private static final int AT_ONCE = 16;

  private final HttpClient http;
  private final ClientCalls calls;

  private XcronClient(Supplier<List<URI>> members, @Nullable String token) {
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    calls = new ClientCalls(http, members, token);
  }

  /**
   * A client of the API at this address, for example {@code http://127.0.0.1:8000}.
   *
   * @param token what {@code XCRON_API_TOKEN} is there; null for none
   * @throws IllegalArgumentException if the address is not http or https
   */
  public static XcronClient of(URI base, @Nullable String token) {
    return of(List.of(base), token);
  }

  /**
   * A client of the members at these addresses: it asks one as long as that answers, and then
   * another.
   *
   * @param token the same at all; null for none
   * @throws IllegalArgumentException if there is no address, or one is not http or https
   */
  public static XcronClient of(List<URI> members, @Nullable String token) {
    List<URI> known = List.copyOf(members);
    if (known.isEmpty()) {
      throw new IllegalArgumentException("name at least one address");
    }
    for (URI base : known) {
      String scheme = String.valueOf(base.getScheme()).toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw new IllegalArgumentException("the address must begin with http:// or https://");
      }
    }
    return new XcronClient(() -> known, token);
  }

  /** The same of members that come and go. */
  static XcronClient of(Supplier<List<URI>> members, @Nullable String token) {
    return new XcronClient(members, token);
  }

  @Override
  public TaskInfo create(Task task) {
    return ClientJson.task(
        calls.ask(
            "POST", TASKS, definition(task, true), Map.of(), ClientCalls.Repeat.IF_NOT_STORED));
  }

  @Override
  public String createOnce(String key, TaskBuilder task) {
    JsonNode answer =
        calls.ask(
            "POST",
            TASKS,
            definition(task.build(), false),
            Map.of("Idempotency-Key", key),
            ClientCalls.Repeat.ALWAYS);
    return answer.path("id").asText();
  }

  /** {@inheritDoc} Each is a request of its own, sixteen at once. */
  @Override
  public Map<String, XcronException> createAll(List<Task> tasks) {
    Map<String, XcronException> failures = Collections.synchronizedMap(new LinkedHashMap<>());
    try (ExecutorService pool =
        Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().name("xcron-client").factory())) {
      List<CompletableFuture<Void>> asked = new ArrayList<>(tasks.size());
      for (Task task : tasks) {
        asked.add(CompletableFuture.runAsync(() -> create(task, failures), pool));
      }
      // What is no refusal must not pass for a task that was created.
      asked.forEach(CompletableFuture::join);
    }
    return failures;
  }

  private void create(Task task, Map<String, XcronException> failures) {
    try {
      var unused = create(task);
    } catch (XcronException e) {
      failures.put(task.id(), e);
    }
  }

  @Override
  public TaskInfo replace(Task task) {
    return ClientJson.task(
        calls.ask(
            "PUT", path(task.id()), definition(task, true), Map.of(), ClientCalls.Repeat.ALWAYS));
  }

  @Override
  public TaskInfo replace(Task task, int expectedVersion) {
    return ClientJson.task(
        calls.ask(
            "PUT",
            path(task.id()),
            definition(task, true),
            Map.of("If-Match", "\"" + expectedVersion + "\""),
            ClientCalls.Repeat.IF_NOT_STORED));
  }

  @Override
  public Optional<TaskInfo> find(String id) {
    try {
      return Optional.of(ClientJson.task(get(path(id))));
    } catch (XcronException e) {
      if (e.reason() == XcronException.Reason.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** {@inheritDoc} When the request had to be repeated, one that is gone counts as deleted. */
  @Override
  public boolean delete(String id) {
    return calls.delete(path(id));
  }

  @Override
  public TaskInfo pause(String id) {
    return ClientJson.task(post(path(id) + "/pause", null, ClientCalls.Repeat.ALWAYS));
  }

  @Override
  public TaskInfo resume(String id) {
    return ClientJson.task(post(path(id) + "/resume", null, ClientCalls.Repeat.ALWAYS));
  }

  @Override
  public long run(String id, @Nullable String arg) {
    byte[] body = arg == null ? null : ClientJson.argument(arg);
    return post(path(id) + "/run", body, ClientCalls.Repeat.IF_NOT_STORED)
        .path("run_number")
        .asLong();
  }

  @Override
  public TaskInfo kill(String id) {
    return ClientJson.task(post(path(id) + "/kill", null, ClientCalls.Repeat.IF_NOT_STORED));
  }

  @Override
  public TaskList list(TaskQuery query) {
    StringBuilder path = new StringBuilder(TASKS).append("?limit=").append(query.limit());
    add(path, "namespace", query.namespace());
    query.labels().forEach((name, value) -> add(path, "label", name + ":" + value));
    add(
        path,
        "state",
        query.state() == null ? null : query.state().name().toLowerCase(Locale.ROOT));
    add(path, "q", query.prefix());
    add(path, "cursor", query.cursor());
    JsonNode answer = get(path.toString());
    List<TaskInfo> tasks = new ArrayList<>();
    answer.path("tasks").forEach(task -> tasks.add(ClientJson.task(task)));
    return new TaskList(
        tasks, ClientJson.text(answer, "next_cursor"), answer.path("incomplete").asBoolean());
  }

  private static void add(StringBuilder path, String name, @Nullable String value) {
    if (value != null) {
      path.append('&').append(name).append('=').append(encoded(value));
    }
  }

  @Override
  public List<Instant> next(String id, int count) {
    List<Instant> instants = new ArrayList<>();
    get(path(id) + "/next?count=" + count)
        .path("next")
        .forEach(instant -> instants.add(Instant.parse(instant.asText())));
    return instants;
  }

  @Override
  public List<RunRecord> runs(String id, int limit) {
    List<RunRecord> runs = new ArrayList<>();
    get(path(id) + "/runs?limit=" + limit)
        .path("runs")
        .forEach(run -> runs.add(ClientJson.run(run)));
    return runs;
  }

  private JsonNode get(String path) {
    return calls.ask("GET", path, null, Map.of(), ClientCalls.Repeat.ALWAYS);
  }

  private JsonNode post(String path, byte @Nullable [] body, ClientCalls.Repeat repeat) {
    return calls.ask("POST", path, body, Map.of(), repeat);
  }

  private static byte[] definition(Task task, boolean withId) {
    try {
      return TaskJson.definition(task, withId);
    } catch (RefusedException e) {
      throw XcronException.ofCode(e.code(), String.valueOf(e.getMessage()), e.field(), e);
    }
  }

  private static String path(String id) {
    return TASKS + "/" + encoded(id);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Ends the connections; requests under way may finish. */
  @Override
  public void close() {
    http.close();
  }
}
