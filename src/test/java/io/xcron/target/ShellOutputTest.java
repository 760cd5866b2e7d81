package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShellOutputTest {
  private static final int KEPT = ShellOutput.HEAD_BYTES + ShellOutput.TAIL_BYTES;

  private static void append(ShellOutput output, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.append(bytes, bytes.length);
  }

  @Test
  void whatFitsIsKeptWhole() {
    ShellOutput output = new ShellOutput();
    assertEquals("", output.text());
    String text = "0123456789abcdé\n".repeat(KEPT / 17);
    append(output, text);
    assertEquals(text, output.text());
    assertFalse(output.cut());
  }

  @Test
  void ofMoreTheBeginningAndTheEndAreKept() {
    ShellOutput output = new ShellOutput();
    String text = "a".repeat(ShellOutput.HEAD_BYTES - 1) + "時".repeat(20_000) + "end";
    append(output, text);
    assertTrue(output.cut());
    String kept = output.text();
    assertTrue(kept.startsWith("a".repeat(ShellOutput.HEAD_BYTES - 1) + "\n[xcron: "), kept);
    assertTrue(kept.endsWith("時時end"));
    assertFalse(kept.contains("\uFFFD"), "no character is torn");
    assertTrue(kept.length() < KEPT);
  }

  @Test
  void aReaderThatFollowsSeesWhatIsKeptAndHowMuchItHasMissed() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      ShellOutput output = new ShellOutput();
      StringBuilder all = new StringBuilder();
      long next = 0;
      long seen = 0;
      boolean missed = false;
      StringBuilder read = new StringBuilder();
      for (int step = 0; step < 30; step++) {
        String piece = random.nextBoolean() ? "時" : "é\n";
        byte[] bytes = piece.repeat(random.nextInt(2_000)).getBytes(StandardCharsets.UTF_8);
        // In two parts that tear a character, as a pipe may.
        int torn = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
        output.append(bytes, torn);
        if (random.nextInt(3) == 0) {
          CommandOutput.Chunk chunk = output.read(next);
          missed |= chunk.skipped() > 0;
          read.append(chunk.text());
          seen += chunk.skipped() + chunk.text().getBytes(StandardCharsets.UTF_8).length;
          next = chunk.next();
        }
        byte[] rest = new byte[bytes.length - torn];
        System.arraycopy(bytes, torn, rest, 0, rest.length);
        output.append(rest, rest.length);
        all.append(new String(bytes, StandardCharsets.UTF_8));
      }
      output.end();
      for (CommandOutput.Chunk chunk = output.read(next); ; chunk = output.read(next)) {
        missed |= chunk.skipped() > 0;
        read.append(chunk.text());
        seen += chunk.skipped() + chunk.text().getBytes(StandardCharsets.UTF_8).length;
        next = chunk.next();
        if (chunk.ended()) {
          break;
        }
      }
      String told = "seed " + seed + ", round " + round;
      assertEquals(all.toString().getBytes(StandardCharsets.UTF_8).length, seen, told);
      assertFalse(read.toString().contains("\uFFFD"), told);
      if (!missed) {
        assertEquals(all.toString(), read.toString(), told);
      }
    }
  }

  @Test
  void aCopyThatIsToldPieceByPieceReadsTheSame() {
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int life = 0; life < 200; life++) {
      ShellOutput output = new ShellOutput();
      ShellOutput copy = new ShellOutput();
      for (int step = 0; step < 12; step++) {
        byte[] more = new byte[random.nextInt(random.nextBoolean() ? 200 : 20_000)];
        random.nextBytes(more);
        output.append(more, more.length);
        if (random.nextBoolean()) {
          copy.take(output.piece(copy.written()));
        }
      }
      while (copy.written() < output.written()) {
        copy.take(output.piece(copy.written()));
      }
      assertEquals(output.text(), copy.text(), "seed " + seed);
      for (long from : new long[] {0, 100, 4_095, 4_096, 20_000}) {
        assertEquals(output.read(from), copy.read(from), "seed " + seed);
      }
    }
  }
}
