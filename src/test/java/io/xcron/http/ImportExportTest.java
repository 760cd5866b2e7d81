package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.LastRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class ImportExportTest {
  @AutoClose private final HttpTestServer server = new HttpTestServer();

  private static List<JsonNode> lines(Answer answer) {
    assertEquals(200, answer.status(), answer.body());
    assertEquals("application/x-ndjson", answer.header("Content-Type"));
    return Arrays.stream(answer.body().split("\n", -1))
        .filter(line -> !line.isEmpty())
        .map(line -> Json.tree(line.getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  private Answer importLines(String body) {
    return server.post("/api/v1/tasks/import", body, "Content-Type", "application/x-ndjson");
  }

  @Test
  void badLinesAreNamedAndGoodOnesKept() {
    String good = HttpTestServer.task("\"id\":\"%s\"");
    String body =
        "\uFEFF"
            + good.formatted("a").strip()
            + "\r\n"
            + "\n"
            + "not json\n"
            + good.formatted("b c")
            + "\n"
            + HttpTestServer.task("\"name\":\"" + "x".repeat(3_000_000) + "\"")
            + "\n"
            + HttpTestServer.task("\"alert\":{\"on\":[\"x\"]}")
            + "\n"
            + good.formatted("d");
    List<JsonNode> answers = lines(importLines(body));
    assertEquals("{\"line\":1,\"id\":\"a\"}", answers.get(0).toString());
    assertEquals(3, answers.get(1).get("line").asInt());
    assertEquals("malformed", answers.get(1).at("/error/code").asText());
    assertEquals("invalid", answers.get(2).at("/error/code").asText());
    assertEquals("id", answers.get(2).at("/error/errors/0/field").asText());
    assertEquals("{\"line\":5", answers.get(3).toString().substring(0, 9));
    assertEquals("too-large", answers.get(3).at("/error/code").asText());
    assertEquals("alert.on", answers.get(4).at("/error/errors/0/field").asText());
    assertEquals("{\"line\":7,\"id\":\"d\"}", answers.get(5).toString());
    assertEquals("{\"imported\":2,\"failed\":4}", answers.get(6).toString());
    assertEquals(2, server.grid.size());
  }

  /** Helidon 4.4.0 lost bytes whenever the client's window was full (its issue 11340). */
  @Test
  void aSlowReaderGetsEveryByteOfAnExport() throws IOException {
    int count = 2_500;
    String padding = "x".repeat(10_000);
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String target = "\"http\":{\"url\":\"http://h/\",\"body\":\"" + padding + "\"}";
      body.append("{\"id\":\"t")
          .append(i)
          .append("\",\"schedule\":{\"cron\":\"0 1 * * *\"},")
          .append("\"target\":{")
          .append(target)
          .append("}}\n");
    }
    assertEquals(count + 1, lines(importLines(body.toString())).size());
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(4_096);
      client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.server.port()));
      client
          .getOutputStream()
          .write(
              "GET /api/v1/tasks/export HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = client.getInputStream();
      while (!textLine(in).isEmpty()) {
        // The head.
      }
      long bytes = 0;
      for (int size = chunkSize(in); size > 0; size = chunkSize(in)) {
        assertEquals(size, in.readNBytes(size).length);
        assertEquals("", textLine(in), "a chunk ends where its size says");
        bytes += size;
      }
      assertTrue(bytes > (long) count * padding.length(), bytes + " bytes");
    }
  }

  private static int chunkSize(InputStream in) throws IOException {
    return Integer.parseInt(textLine(in), 16);
  }

  private static String textLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      assertTrue(next >= 0 && line.length() < 1_000, "not a line: " + line);
      line.append((char) next);
    }
    return line.toString().strip();
  }

  @Test
  void anEmptyImportImportsNothing() {
    assertEquals("{\"imported\":0,\"failed\":0}\n", importLines("").body());
    assertEquals("{\"imported\":0,\"failed\":0}\n", importLines("\n\n  \n").body());
    Answer picture = server.post("/api/v1/tasks/import", "x", "Content-Type", "image/png");
    assertEquals(415, picture.status());
  }

  @Test
  void aLongImportIsAnsweredLineByLineInOrder() {
    StringBuilder body = new StringBuilder();
    int count = 30_500;
    for (int i = 1; i <= count; i++) {
      body.append(i % 1_000 == 7 ? "{}" : HttpTestServer.task("").strip()).append('\n');
    }
    server.grid.refuseChunks.set(3);
    List<JsonNode> answers = lines(importLines(body.toString()));
    assertEquals(count + 1, answers.size());
    for (int i = 1; i <= count; i++) {
      assertEquals(i, answers.get(i - 1).get("line").asInt());
      assertEquals(i % 1_000 == 7, answers.get(i - 1).has("error"));
    }
    assertEquals("{\"imported\":30469,\"failed\":31}", answers.getLast().toString());
    assertEquals(30_469, server.grid.size());
  }

  @Test
  void aSlowGridIsGivenOneChunkAfterTheOther() {
    server.grid.chunkDelay = Duration.ofMillis(150);

    List<JsonNode> answers =
        lines(importLines((HttpTestServer.task("").strip() + "\n").repeat(4_500)));

    assertEquals("{\"imported\":4500,\"failed\":0}", answers.getLast().toString());
    assertEquals(1, server.grid.mostAtOnce.get());
  }

  @Test
  void moreChunksAreUnderWayWhileTheGridIsQuickAndFewerAtOnceWhenItIsNot() {
    long quick = TimeUnit.MILLISECONDS.toNanos(20);
    long slow = TimeUnit.MILLISECONDS.toNanos(300);
    assertEquals(2, ImportWriter.windowAfter(1, quick));
    assertEquals(4, ImportWriter.windowAfter(4, quick));
    assertEquals(2, ImportWriter.windowAfter(4, slow));
    assertEquals(1, ImportWriter.windowAfter(1, slow));
  }

  @Test
  void aGridThatDoesNotAnswerIsNamedOnEachLine() {
    server.grid.failing = GridException.Kind.UNKNOWN;
    String body = (HttpTestServer.task("").strip() + "\n").repeat(2_500);
    List<JsonNode> answers = lines(importLines(body));
    assertEquals("unknown", answers.getFirst().at("/error/code").asText());
    assertEquals("{\"imported\":0,\"failed\":2500}", answers.getLast().toString());
  }

  @Test
  void whatIsExportedIsImportedAsItWas() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    List<String> ids = new ArrayList<>();
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 2_300; i++) {
      String id = "t" + i;
      ids.add(id);
      body.append(randomTask(random, id)).append('\n');
    }
    List<JsonNode> answers = lines(importLines(body.toString()));
    assertEquals(
        "{\"imported\":2300,\"failed\":0}",
        answers.getLast().toString(),
        "seed " + seed + " " + firstError(answers));
    List<Task> before = tasks(ids);
    String exported = server.get("/api/v1/tasks/export").body();
    server.grid.clear();
    answers = lines(importLines(exported));
    assertEquals("{\"imported\":2300,\"failed\":0}", answers.getLast().toString(), "seed " + seed);
    assertEquals(before, tasks(ids), "seed " + seed);
    String again = server.get("/api/v1/tasks/export").body();
    // Another generation has another jitter.
    String nextDue = "\"next_due\":\"[^\"]*\"";
    assertEquals(exported.replaceAll(nextDue, ""), again.replaceAll(nextDue, ""), "seed " + seed);
  }

  @Test
  void aTaskThatHasComeToItsEndIsImportedOverItself() {
    String at =
        "{\"id\":\"%s\",\"schedule\":{\"at\":\"2026-11-21T08:00:05Z\"},"
            + "\"target\":{\"http\":{\"url\":\"http://h\"}}}";
    server.post("/api/v1/tasks", at.formatted("o"));
    long now = server.pass(Duration.ofHours(1));
    long generation = Objects.requireNonNull(server.grid.record("o")).generation();
    LastRun run = new LastRun(1, now, now, 5, 6, RunOutcome.SUCCESS, 1, 200);
    server.grid.write("o", new RunChange.Finish(generation, 1, run, Long.MAX_VALUE, false)).join();
    String exported = server.get("/api/v1/tasks/export").body();
    assertTrue(exported.contains("\"finished\""), exported);

    List<JsonNode> answers = lines(importLines(exported + at.formatted("new") + "\n"));

    assertEquals("{\"line\":1,\"id\":\"o\"}", answers.get(0).toString());
    assertEquals("schedule.at", answers.get(1).at("/error/errors/0/field").asText());
    assertEquals("{\"imported\":1,\"failed\":1}", answers.get(2).toString());
    assertEquals("finished", server.get("/api/v1/tasks/o").json().path("state").asText());
    assertEquals(1, server.grid.size());
  }

  @Test
  void aTaskThatDidNotFireWhenItWasExportedDoesNotFireWhenItComesBack() {
    String target = "\"target\":{\"http\":{\"url\":\"http://h\"}}}";
    for (String id : List.of("finished", "dead", "rested")) {
      String begin = "{\"id\":\"" + id + "\",\"delete_after\":\"1h\",";
      String once = "\"schedule\":{\"at\":\"2026-11-21T08:00:05Z\"},";
      server.post("/api/v1/tasks", begin + once + target);
    }
    server.post("/api/v1/tasks", HttpTestServer.task("\"id\":\"bounded\",\"max_runs\":1"));
    server.post("/api/v1/tasks", HttpTestServer.task("\"id\":\"paused\""));
    server.post("/api/v1/tasks", HttpTestServer.task("\"id\":\"free\""));
    server.post("/api/v1/tasks/paused/pause", "");
    server.post("/api/v1/tasks/rested/pause", "");
    server.pass(Duration.ofSeconds(10));
    end("finished", RunOutcome.SUCCESS);
    end("dead", RunOutcome.FAILURE);
    end("bounded", RunOutcome.SUCCESS);
    String exported = server.get("/api/v1/tasks/export").body();

    for (Duration later : List.of(Duration.ZERO, Duration.ofHours(1))) {
      long now = server.pass(later);
      server.grid.clear();
      List<JsonNode> answers = lines(importLines(exported));
      assertEquals("{\"imported\":6,\"failed\":0}", answers.getLast().toString());
      List<String> fires = new ArrayList<>();
      for (String line : exported.strip().split("\n", -1)) {
        JsonNode before = Json.tree(line.getBytes(StandardCharsets.UTF_8));
        String id = before.path("id").asText();
        String state = server.get("/api/v1/tasks/" + id).json().path("state").asText();
        assertEquals(before.path("state").asText(), state, id);
        TaskRecord record = Objects.requireNonNull(server.grid.record(id));
        assertTrue(record.expiryMillis() > now, "what came back stays as long as it may: " + id);
        if (record.fires()) {
          fires.add(id);
        }
      }
      assertEquals(List.of("free"), fires);
    }
    String bad = "{\"id\":\"bad\",\"state\":\"%s\",\"schedule\":{\"cron\":\"%s\"}," + target + "\n";
    List<JsonNode> answers =
        lines(importLines(bad.formatted("odd", "0 1 * * *") + bad.formatted("dead", "x")));
    assertEquals("state", answers.get(0).at("/error/errors/0/field").asText());
    assertEquals("schedule.cron", answers.get(1).at("/error/errors/0/field").asText());
  }

  @Test
  void theLargestTaskThatIsTakenIsImportedAsItWasExported() {
    List<String> ids = List.of("long", "wide");
    for (String id : ids) {
      String body = (id.equals("long") ? "x" : "日").repeat(262_000);
      String large =
          "{\"id\":\""
              + id
              + "\",\"schedule\":{\"cron\":\"0 1 * * *\"},\"target\":{\"http\":{\"url\":\"http://h/\",\"body\":\""
              + body
              + "\"}}}";
      assertEquals(201, server.post("/api/v1/tasks", large).status());
    }
    List<Task> before = tasks(ids);
    String exported = server.get("/api/v1/tasks/export").body();
    server.grid.clear();

    List<JsonNode> answers = lines(importLines(exported));

    assertEquals("{\"imported\":2,\"failed\":0}", answers.getLast().toString());
    assertEquals(before, tasks(ids));
  }

  private void end(String id, RunOutcome outcome) {
    TaskRecord record = Objects.requireNonNull(server.grid.record(id));
    LastRun run = new LastRun(1, record.nextMillis(), record.nextMillis(), 5, 6, outcome, 1, 200);
    RunChange.Finish end = new RunChange.Finish(record.generation(), 1, run, Long.MAX_VALUE, false);
    server.grid.write(id, end).join();
  }

  @Test
  void aGridThatDoesNotSayWhetherATaskIsThereIsAskedAFewTimesOnly() {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      body.append("{\"id\":\"p").append(i);
      body.append("\",\"schedule\":{\"at\":\"2026-11-21T07:00:05Z\"},");
      body.append("\"target\":{\"http\":{\"url\":\"http://h\"}}}\n");
    }
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    List<JsonNode> answers = lines(importLines(body.toString()));
    assertEquals("{\"imported\":0,\"failed\":50}", answers.getLast().toString());
    for (JsonNode answer : answers.subList(0, 50)) {
      assertEquals("not-accepted", answer.at("/error/code").asText());
    }
    assertEquals(5, server.grid.reads.get());
  }

  private static String firstError(List<JsonNode> answers) {
    return answers.stream()
        .filter(line -> line.has("error"))
        .findFirst()
        .map(JsonNode::toString)
        .orElse("");
  }

  private List<Task> tasks(List<String> ids) {
    return ids.stream().map(id -> Objects.requireNonNull(server.grid.record(id)).task(id)).toList();
  }

  private static String randomTask(SplittableRandom random, String id) {
    List<String> members = new ArrayList<>();
    members.add("\"id\":\"" + id + "\"");
    members.add(
        "\"schedule\":"
            + pick(
                random,
                "{\"cron\":\"*/7 3 * * 1-5\"}",
                "{\"cron\":\"0 0 4 ? * MON *\",\"dialect\":\"quartz\",\"zone\":\"Europe/Berlin\",\"dst\":{\"gap\":\"skip\",\"overlap\":\"both\"}}",
                "{\"at\":\"2027-03-04T05:06:07.089Z\"}",
                "{\"every\":\"" + (100 + random.nextInt(1_000_000)) + "ms\"}",
                "{\"after\":\"1h1ms\"}"));
    members.add(
        "\"target\":{\"http\":{\"url\":\"https://h:1/p?q=%20\",\"method\":\""
            + pick(random, "GET", "POST", "PUT")
            + "\",\"headers\":"
            + pick(random, "{}", "{\"Z\":\"1\",\"A\":{\"secret\":\"s\"}}")
            + ",\"body\":"
            + pick(random, "{}", "null", "{\"a\": [1.50,2e9,\"é\\u0001\"]}", "\"s\"", "[ ]", "0")
            + "}}");
    maybe(random, members, "\"namespace\":\"ns-" + random.nextInt(3) + "\"");
    maybe(random, members, "\"name\":\"näme \\\" \\\\ \\n 😀\"");
    maybe(random, members, "\"labels\":{\"b\":\"2\",\"a\":\"\"}");
    maybe(random, members, "\"owner\":{\"author\":\"x\",\"remark\":null}");
    maybe(random, members, "\"start\":\"2026-12-01T00:00:00+02:00\"");
    maybe(random, members, "\"max_runs\":" + (1 + random.nextInt(9)));
    maybe(random, members, "\"jitter\":\"" + random.nextInt(5_000) + "ms\"");
    maybe(random, members, "\"enabled\":false");
    maybe(random, members, "\"delete_after\":\"1d\"");
    maybe(
        random,
        members,
        "\"policy\":"
            + pick(
                random,
                "{}",
                "{\"misfire\":\"all\",\"misfire_window\":null,\"overlap\":\"queue\",\"queue\":3}",
                "{\"delivery\":\"at-most-once\",\"priority\":9,\"timeout\":\"1m\",\"misfire_window\":\"2h\"}",
                "{\"retry\":{\"attempts\":1,\"backoff\":\"10m\"},\"misfire_after\":\"2s\"}"));
    return "{" + String.join(",", members) + "}";
  }

  private static void maybe(SplittableRandom random, List<String> members, String member) {
    if (random.nextBoolean()) {
      members.add(random.nextInt(members.size() + 1), member);
    }
  }

  private static String pick(SplittableRandom random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  @Test
  void theExamplesOfTheMergePatchStandardHold() {
    // RFC 7396, appendix A.
    String[][] examples = {
      {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
      {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
      {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
      {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
      {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
      {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
      {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
      {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
      {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
      {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
      {"{\"a\":\"foo\"}", "null", "null"},
      {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
      {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
      {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
      {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
    };
    for (String[] example : examples) {
      assertEquals(tree(example[2]), PatchResource.merge(tree(example[0]), tree(example[1])));
    }
  }

  private static JsonNode tree(String json) {
    return Json.tree(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void instantsAreWrittenAsTheLibraryWritesThem() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100_000; i++) {
      long millis = random.nextLong(7_258_118_400_000L);
      String text = Texts.instant(millis);
      assertEquals(24, text.length());
      assertEquals(
          millis, Texts.parseInstant("f", text).toEpochMilli(), "seed " + seed + " " + text);
    }
    assertNull(TargetReader.bodyOf("{}"));
    assertTrue(Texts.isWellFormed("a😀b"));
  }

  @Test
  void durationsAreReadBackAsTheyAreWritten() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 10_000; i++) {
      java.time.Duration duration =
          java.time.Duration.ofMillis(random.nextLong(1L << random.nextInt(1, 40)));
      assertEquals(duration, Texts.parseDuration("f", Texts.duration(duration)), "seed " + seed);
    }
    TaskRecord none = server.grid.record("none");
    assertNull(none);
  }
}
