package io.xcron.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Many tasks from one request, one a line: JSON lines, a crontab, or the jobs of gocron. Lines are
 * read in chunks; while one chunk is being made durable the next is read, at most {@value
 * ImportWriter#MAX_PENDING} at once, and then reading waits. When answers take longer, fewer are
 * under way: a write is only acknowledged while its grant holds. A line with an id creates or
 * replaces, a line without creates; a new task that was paused, finished or dead when it was
 * exported begins so. A bad line is named and does not touch the others.
 */
final class ImportResource {
  /** Longer than members that start, hang or die together keep a grid from taking writes. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** How long a task is looked for that a line may be about. */
  private static final long READ_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int MAX_UNANSWERED = 5;

  private static final Words<Format> FORMATS = new Words<>(Format.class);

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HttpConfig config;
  private final Audit audit;

  ImportResource(TaskGrid grid, Definitions definitions, HttpConfig config, Audit audit) {
    this.audit = audit;
    this.grid = grid;
    this.definitions = definitions;
    this.config = config;
  }

  void addTo(Router router) {
    router.on("POST", "/api/v1/tasks/import", this::importTasks);
  }

  private void importTasks(Exchange exchange) throws IOException {
    exchange.query().allowOnly("format");
    Format format = formatOf(exchange);
    try (Spool spool = new Spool()) {
      ImportAnswers answers = new ImportAnswers(spool);
      if (exchange.hasBody()) {
        try {
          run(exchange, source(exchange, format), answers);
        } finally {
          // Also when it broke off, and when nobody knows what was stored.
          if (answers.lines() > 0) {
            audit.many(exchange, "import", answers::writeCounts);
          }
        }
      }
      try (OutputStream out = exchange.stream(Status.OK_200, Exchange.NDJSON)) {
        answers.end();
        spool.transferTo(out);
      }
    }
  }

  private enum Format {
    NDJSON,
    CRONTAB,
    GOCRON
  }

  /** The format that is asked for, else the one that the kind of the body means. */
  private static Format formatOf(Exchange exchange) {
    String type = exchange.header(HeaderNames.CONTENT_TYPE);
    Format meant =
        switch (type == null ? "" : Exchange.mediaType(type)) {
          case "",
              "application/json",
              "application/x-ndjson",
              "application/ndjson",
              "application/jsonl" ->
              Format.NDJSON;
          case "text/plain" -> Format.CRONTAB;
          case "text/csv" -> Format.GOCRON;
          default ->
              throw Problem.withStatus(
                  Code.INVALID,
                  Status.UNSUPPORTED_MEDIA_TYPE_415,
                  "the body must be application/x-ndjson, text/plain (a crontab) or text/csv");
        };
    String asked = exchange.query().get("format");
    return asked == null ? meant : FORMATS.parse("format", asked);
  }

  /** Where the tasks come from. */
  private interface Source {
    /** Puts the next task, or what is wrong with it, into the chunk; false at the end. */
    boolean next(ImportChunk chunk) throws IOException;
  }

  private Source source(Exchange exchange, Format format) {
    Judge judge = new Judge();
    return switch (format) {
      case NDJSON -> {
        TaskReader reader = new TaskReader(config.zone(), new Ids());
        yield lines(
            exchange,
            judge,
            lines -> reader.read(lines.buffer(), lines.start(), lines.length()),
            reader::ownId,
            () -> beginning(reader.state()));
      }
      case CRONTAB -> {
        CrontabReader reader = new CrontabReader(config.zone());
        yield lines(
            exchange,
            judge,
            lines -> reader.read(lines.text()),
            () -> true,
            () -> TaskChange.Beginning.FIRING);
      }
      case GOCRON -> gocron(exchange, judge);
    };
  }

  /**
   * Says when the task of a line fires first. A line with an id is as a PUT: where it would not be
   * taken as a new task, one that is there may have come to its end by the same schedule. That is
   * rare, so the grid is asked for one task at a time, and after {@value #MAX_UNANSWERED} questions
   * without an answer no more in this import.
   */
  private final class Judge {
    private int unanswered;

    long first(Task task, boolean ownId, TaskChange.Beginning beginning, long nowMillis) {
      try {
        return definitions.first(task, nowMillis);
      } catch (InvalidTaskException e) {
        TaskRecord current = ownId ? current(task.id()) : null;
        if (current != null) {
          return definitions.firstAgain(task, current, nowMillis);
        }
        if (beginning == TaskChange.Beginning.FIRING) {
          throw e;
        }
        return definitions.firstIfAny(task, nowMillis);
      }
    }

    private @Nullable TaskRecord current(String id) {
      if (unanswered == MAX_UNANSWERED) {
        throw Problem.of(
            Code.NOT_ACCEPTED,
            "not looked for, because earlier questions for a task had no answer");
      }
      try {
        return Call.<@Nullable TaskRecord>read(grid.read(id, false), READ_NANOS);
      } catch (Problem e) {
        unanswered++;
        throw Call.notAccepted(e);
      }
    }
  }

  /** What one line means; null when it holds no task. */
  private interface LineReader {
    @Nullable Task read(Lines lines);
  }

  /** How the task of a line begins that says in which state it was. */
  private static TaskChange.Beginning beginning(@Nullable String state) {
    return state == null
        ? TaskChange.Beginning.FIRING
        : switch (TaskWriter.STATES.parse("state", state)) {
          case SCHEDULED, RUNNING, DISABLED -> TaskChange.Beginning.FIRING;
          case PAUSED -> TaskChange.Beginning.PAUSED;
          case FINISHED -> TaskChange.Beginning.FINISHED;
          case DEAD -> TaskChange.Beginning.DEAD;
        };
  }

  private Source lines(
      Exchange exchange,
      Judge judge,
      LineReader reader,
      BooleanSupplier ownId,
      Supplier<TaskChange.Beginning> beginning) {
    Lines lines = new Lines(exchange.bodyStream(), config.limits().maxLineBytes());
    return chunk -> {
      if (!nextLine(exchange, lines)) {
        return false;
      }
      if (lines.tooLong()) {
        chunk.add(
            lines.number(),
            Problem.of(
                Code.TOO_LARGE,
                "the line has more than " + config.limits().maxLineBytes() + " bytes"));
      } else {
        add(
            chunk,
            judge,
            lines.number(),
            lines.length(),
            () -> reader.read(lines),
            ownId,
            beginning);
      }
      return true;
    };
  }

  private static boolean nextLine(Exchange exchange, Lines lines) {
    try {
      return lines.next();
    } catch (IOException | RuntimeException e) {
      throw exchange.unreadable(e);
    }
  }

  private Source gocron(Exchange exchange, Judge judge) {
    Iterator<GocronJob> jobs = GocronDump.read(exchange.body()).iterator();
    return chunk -> {
      if (!jobs.hasNext()) {
        return false;
      }
      GocronJob job = jobs.next();
      add(
          chunk,
          judge,
          job.line(),
          job.size(),
          () -> job.task(config.zone(), chunk.nowMillis()),
          () -> true,
          () -> TaskChange.Beginning.FIRING);
      return true;
    };
  }

  private void run(Exchange exchange, Source source, ImportAnswers answers) throws IOException {
    ImportWriter writer = new ImportWriter(grid, answers, PATIENCE_NANOS);
    for (boolean more = true; more; ) {
      ImportChunk chunk = new ImportChunk(exchange.nowMillis());
      while (more && !chunk.isFull()) {
        more = source.next(chunk);
      }
      writer.add(chunk);
    }
    writer.end();
  }

  private void add(
      ImportChunk chunk,
      Judge judge,
      long number,
      int length,
      Supplier<@Nullable Task> reader,
      BooleanSupplier ownId,
      Supplier<TaskChange.Beginning> beginning) {
    try {
      Task task = reader.get();
      if (task == null) {
        return;
      }
      boolean own = ownId.getAsBoolean();
      TaskChange.Beginning begins = beginning.get();
      long next = judge.first(task, own, begins, chunk.nowMillis());
      chunk.add(
          number,
          length,
          task.id(),
          own || begins != TaskChange.Beginning.FIRING
              ? new TaskChange.Replace(task, chunk.nowMillis(), next, Change.ANY_VERSION, begins)
              : new TaskChange.Create(task, chunk.nowMillis(), next));
    } catch (Problem e) {
      chunk.add(number, e);
    } catch (InvalidTaskException e) {
      chunk.add(number, Problem.invalid(e));
    } catch (TargetDeniedException e) {
      chunk.add(number, Problem.of(Code.TARGET_DENIED, String.valueOf(e.getMessage())));
    }
  }
}
