package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcron.grid.GridException;
import io.xcron.model.Change;
import io.xcron.model.MachineTime;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** An import into a grid that refuses, wholly or in part, or does not know what it did. */
class ImportWriterTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long NOW = 1_000;
  private static final int LINES = 10;
  private static final int FOR_EVER = Integer.MAX_VALUE;
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final FakeGrid grid = new FakeGrid(new MachineTime());

  @Test
  void onlyWhatWasRefusedIsOfferedAgain() throws IOException {
    grid.refuseChunks.set(3);
    grid.refusable = id -> id.endsWith("5");

    List<JsonNode> answers = imported(1, LONG);

    assertEquals("{\"imported\":10,\"failed\":0}", answers.getLast().toString());
    assertEquals(4, grid.chunks.get());
    for (int i = 0; i < LINES; i++) {
      assertEquals(1, Objects.requireNonNull(grid.record("t" + i)).version(), "t" + i);
    }
  }

  @Test
  void whatNobodyKnowsIsNotWrittenTwiceAndStopsNothing() throws IOException {
    grid.refuseChunks.set(1);
    grid.refusal = GridException.Kind.UNKNOWN;
    grid.refusable = id -> id.equals("t3");

    List<JsonNode> answers = imported(3, LONG);

    assertEquals("{\"imported\":29,\"failed\":1}", answers.getLast().toString());
    assertEquals("unknown", answers.get(3).at("/error/code").asText());
    assertEquals("t3", answers.get(3).at("/error/task_id").asText());
    assertEquals(3, grid.chunks.get());
  }

  @Test
  void aGridThatTakesNothingIsNotAskedForTheRest() throws IOException {
    grid.refuseChunks.set(FOR_EVER);

    List<JsonNode> answers = imported(100, SHORT);

    assertEquals("{\"imported\":0,\"failed\":1000}", answers.getLast().toString());
    assertEquals("not-accepted", answers.getFirst().at("/error/code").asText());
    assertEquals("overloaded", answers.getFirst().at("/error/detail").asText());
    assertEquals("not-accepted", answers.get(999).at("/error/code").asText());
    assertTrue(
        answers.get(999).at("/error/detail").asText().startsWith("not tried"),
        () -> answers.get(999).toString());
    assertTrue(grid.chunks.get() < 10, "offered " + grid.chunks);
  }

  @Test
  void tasksWithoutAnOwnerHoldUpTheOthersOnlyOnce() throws IOException {
    grid.refuseChunks.set(FOR_EVER);
    grid.refusable = id -> id.endsWith("5");

    List<JsonNode> answers = imported(100, SHORT);

    assertEquals("{\"imported\":900,\"failed\":100}", answers.getLast().toString());
    assertTrue(grid.chunks.get() < 110, "offered " + grid.chunks);
  }

  private List<JsonNode> imported(int chunks, Duration patience) throws IOException {
    try (Spool spool = new Spool()) {
      ImportAnswers answers = new ImportAnswers(spool);
      ImportWriter writer = new ImportWriter(grid, answers, patience.toNanos());
      for (int i = 0; i < chunks; i++) {
        ImportChunk chunk = new ImportChunk(NOW);
        for (int line = i * LINES; line < (i + 1) * LINES; line++) {
          Task task = task("t" + line);
          Change change = new TaskChange.Replace(task, NOW, 2 * NOW, Change.ANY_VERSION);
          chunk.add(line + 1, 100, task.id(), change);
        }
        writer.add(chunk);
      }
      writer.end();
      answers.end();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      spool.transferTo(out);
      List<JsonNode> lines = new ArrayList<>();
      for (String line : out.toString(StandardCharsets.UTF_8).strip().split("\n", -1)) {
        lines.add(JSON.readTree(line));
      }
      assertEquals(chunks * LINES + 1, lines.size());
      return lines;
    }
  }

  private static Task task(String id) {
    Schedule schedule = new Schedule.At(Instant.ofEpochMilli(2 * NOW));
    Target target =
        new Target.Http("http://127.0.0.1:1/", "POST", Map.of(), "{}", Target.Http.DEFAULT_TIMEOUT);
    return Task.of(id, null, Map.of(), schedule, target);
  }
}
