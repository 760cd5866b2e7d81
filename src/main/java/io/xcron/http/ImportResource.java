package io.xcron.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Locale;

/**
 * Many tasks from one request, one a line. Lines are read in chunks; while one chunk is being made
 * durable the next is read, at most {@value #MAX_PENDING} at once, and then reading waits. A line
 * with an id creates or replaces, a line without creates. A bad line is named and does not touch
 * the others.
 */
final class ImportResource {
  private static final int MAX_PENDING = 4;

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HttpConfig config;

  ImportResource(TaskGrid grid, Definitions definitions, HttpConfig config) {
    this.grid = grid;
    this.definitions = definitions;
    this.config = config;
  }

  void addTo(Router router) {
    router.on("POST", "/api/v1/tasks/import", this::importTasks);
  }

  private void importTasks(Exchange exchange) throws IOException {
    exchange.query().allowOnly();
    requireNdjson(exchange);
    try (Spool spool = new Spool()) {
      ImportAnswers answers = new ImportAnswers(spool);
      if (exchange.hasBody()) {
        Lines lines = new Lines(exchange.bodyStream(), config.limits().maxLineBytes());
        run(exchange, lines, answers);
      }
      try (OutputStream out = exchange.stream(Status.OK_200, Exchange.NDJSON)) {
        answers.end();
        spool.transferTo(out);
      }
    }
  }

  private static void requireNdjson(Exchange exchange) {
    String type = exchange.header(HeaderNames.CONTENT_TYPE);
    String media = type == null ? "" : Exchange.mediaType(type).toLowerCase(Locale.ROOT);
    switch (media) {
      case "",
          "application/json",
          "application/x-ndjson",
          "application/ndjson",
          "application/jsonl" -> {}
      case "text/plain" ->
          throw unsupported(
              "crontab files are not read by this version yet; send application/x-ndjson");
      default -> throw unsupported("the body must be application/x-ndjson");
    }
  }

  private static Problem unsupported(String detail) {
    return Problem.withStatus(Code.INVALID, Status.UNSUPPORTED_MEDIA_TYPE_415, detail);
  }

  private void run(Exchange exchange, Lines lines, ImportAnswers answers) throws IOException {
    TaskReader reader = new TaskReader(config.zone(), new Ids());
    ArrayDeque<ImportChunk> pending = new ArrayDeque<>();
    ImportChunk chunk = new ImportChunk(exchange.nowMillis());
    boolean gone = false;
    while (nextLine(exchange, lines)) {
      readLine(lines, reader, chunk);
      if (chunk.isFull()) {
        if (pending.size() == MAX_PENDING) {
          gone = pending.remove().answer(answers);
        }
        pending.add(gone ? chunk.refused() : chunk.sent(grid));
        chunk = new ImportChunk(exchange.nowMillis());
      }
    }
    pending.add(gone ? chunk.refused() : chunk.sent(grid));
    while (!pending.isEmpty()) {
      pending.remove().answer(answers);
    }
  }

  private static boolean nextLine(Exchange exchange, Lines lines) {
    try {
      return lines.next();
    } catch (IOException | RuntimeException e) {
      throw exchange.unreadable(e);
    }
  }

  private void readLine(Lines lines, TaskReader reader, ImportChunk chunk) {
    if (lines.tooLong()) {
      chunk.add(
          lines.number(),
          Problem.of(
              Code.TOO_LARGE,
              "the line has more than " + config.limits().maxLineBytes() + " bytes"));
      return;
    }
    try {
      Task task = reader.read(lines.buffer(), lines.start(), lines.length());
      long next = definitions.first(task, chunk.nowMillis());
      chunk.add(
          lines.number(),
          lines.length(),
          task.id(),
          reader.ownId()
              ? new Change.Replace(task, chunk.nowMillis(), next, Change.ANY_VERSION)
              : new Change.Create(task, chunk.nowMillis(), next));
    } catch (Problem e) {
      chunk.add(lines.number(), e);
    } catch (InvalidTaskException e) {
      chunk.add(lines.number(), Problem.invalid(e));
    } catch (TargetDeniedException e) {
      chunk.add(lines.number(), Problem.of(Code.TARGET_DENIED, String.valueOf(e.getMessage())));
    }
  }
}
