package io.xcron.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunCodecTest {
  /** As format 1 was first written; it must stay readable. */
  private static final String KEPT =
      "01020f80b0f4d1bf68f40302fa2a2a87ad4bffcfdbc3f4020762696c6c696e6709736574746c652d"
          + "c3a903623a3202010062ee070303613a3108616e73776572656402aa1bd00f000207726566757365"
          + "64076f75740a70757403776879";

  /** The same of format 2, which tells the origin and the host. */
  private static final String KEPT_2 =
      "02021f80b0f4d1bf68f40302fa2a2a87ad4bffcfdbc3f4020762696c6c696e6709736574746c652d"
          + "c3a903623a32e707067061793a383002010062ee070303613a3108616e73776572656402aa1bd00f"
          + "000207726566757365"
          + "64076f75740a70757403776879";

  private static RunRecord known() {
    return known("");
  }

  private static RunRecord known(String host) {
    return new RunRecord(
        "settle-é",
        1_234_567,
        42,
        1_795_248_000_000L,
        1_795_248_000_250L,
        1_795_248_000_251L,
        1_795_248_003_000L,
        RunOutcome.FAILURE,
        true,
        List.of(
            new RunRecord.Try(1, 1_795_248_000_251L, 1_795_248_000_300L, "a:1", 503, "answered"),
            new RunRecord.Try(2, 1_795_248_002_000L, 1_795_248_003_000L, "b:2", 0, "refused")),
        "b:2",
        99_999_999_999L,
        "out\nput",
        "why",
        host);
  }

  @Test
  void whatFormat1WroteStaysReadable() {
    RunCodec.Kept kept = RunCodec.decode(HexFormat.of().parseHex(KEPT), 0);
    assertEquals("billing", kept.namespace());
    assertEquals(known(), kept.run());
    assertEquals(0, kept.origin());
    assertEquals("", kept.run().host());
    RunCodec.Glance glance = RunCodec.glance(HexFormat.of().parseHex(KEPT), 0);
    assertEquals(2, glance.attempts());
    assertEquals(0, glance.origin());
  }

  @Test
  void format2IsWrittenAsItWasFirst() {
    String hex = HexFormat.of().formatHex(RunCodec.encode("billing", known("pay:80"), 999, 4_096));
    assertEquals(KEPT_2, hex);
    RunCodec.Kept kept = RunCodec.decode(HexFormat.of().parseHex(KEPT_2), 0);
    assertEquals(known("pay:80"), kept.run());
    assertEquals(999, kept.origin());
  }

  @Test
  void everyRecordComesBackAsItWas() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      RunRecord run = random(random);
      String namespace = random.nextBoolean() ? Task.DEFAULT_NAMESPACE : "n" + random.nextInt(9);
      long origin = random.nextLong(1L << 35);
      byte[] bytes = RunCodec.encode(namespace, run, origin, 4_096);
      byte[] shifted = new byte[bytes.length + 7];
      System.arraycopy(bytes, 0, shifted, 7, bytes.length);
      RunCodec.Kept kept = RunCodec.decode(shifted, 7);
      assertEquals(run, kept.run(), "seed " + seed);
      assertEquals(namespace, kept.namespace(), "seed " + seed);
      assertEquals(origin, kept.origin(), "seed " + seed);
      RunCodec.Glance glance = RunCodec.glance(shifted, 7);
      assertEquals(
          new RunCodec.Glance(
              namespace,
              run.taskId(),
              run.outcome(),
              run.late(),
              run.dueMillis(),
              run.startMillis(),
              run.endMillis(),
              run.attempts().size(),
              run.host(),
              origin),
          glance,
          "seed " + seed);
    }
  }

  private static RunRecord random(Random random) {
    long scheduled = random.nextLong(1L << 42);
    long due = scheduled + random.nextInt(1_000);
    long start = due + random.nextInt(1_000_000) - 10;
    long end = start + random.nextInt(100_000);
    List<RunRecord.Try> attempts = new ArrayList<>();
    for (int i = random.nextInt(RunRecord.MAX_ATTEMPTS + 1); i > 0; i--) {
      attempts.add(
          new RunRecord.Try(
              random.nextInt(100),
              start + random.nextInt(1_000),
              end,
              "m:" + random.nextInt(2),
              random.nextInt(700) - 100,
              random.nextBoolean() ? null : "error " + random.nextInt()));
    }
    RunOutcome[] outcomes = RunOutcome.values();
    return new RunRecord(
        "task" + random.nextInt(),
        random.nextLong(Long.MAX_VALUE),
        random.nextLong(Long.MAX_VALUE),
        scheduled,
        due,
        start,
        end,
        outcomes[random.nextInt(outcomes.length)],
        random.nextBoolean(),
        attempts,
        "m:0",
        random.nextLong(Long.MAX_VALUE),
        random.nextBoolean() ? null : "日本".repeat(random.nextInt(100)),
        random.nextBoolean() ? null : "detail",
        random.nextBoolean() ? "" : "host:" + random.nextInt(70_000));
  }

  @Test
  void anUnknownFormatIsRefused() {
    byte[] bytes = RunCodec.encode("default", known(), 0, 10);
    bytes[0] = 3;
    assertThrows(IllegalArgumentException.class, () -> RunCodec.decode(bytes, 0));
  }

  @Test
  void aCutTextFitsItsBoundAndIsWholeCharacters() {
    for (int bytes = 3; bytes < 40; bytes++) {
      String cut = RunCodec.cut("日本語é😀".repeat(20), bytes);
      assertTrue(cut.getBytes(StandardCharsets.UTF_8).length <= bytes, cut);
      assertTrue(cut.endsWith("…") && cut.indexOf('�') < 0, cut);
    }
    assertEquals("short", RunCodec.cut("short", 5));
  }
}
