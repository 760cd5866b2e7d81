package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  private static final AttemptKey KEY = new AttemptKey("täsk", 3, Long.MAX_VALUE, 7);

  private static final List<Work> WORKS =
      List.of(
          new ShellCommand(
              KEY,
              1,
              2,
              Attempt.NO_MUTEX,
              "00-1",
              null,
              "x".repeat(65_000),
              Map.of("Ä", "ö\n"),
              Duration.ofHours(24)),
          new HandlerOrder(
              KEY, 1, 2, 3, 4, "00-1", "{}", "settle", null, "naïve", Map.of("team", "pay")));

  private static final List<Outcome> OUTCOMES =
      List.of(
          new Outcome.Answered(204, "b", true),
          new Outcome.ConnectFailed("c"),
          new Outcome.TimedOut("t", true),
          new Outcome.Broken("b"),
          new Outcome.Denied("d"),
          new Outcome.Unsendable("u"),
          new Outcome.Withdrawn(),
          new Outcome.Accepted("a"),
          new Outcome.Exited(-3, "時", false),
          new Outcome.Killed("k", true));

  private static MemberMessage again(MemberMessage message) {
    return MessageCodec.decode(MessageCodec.encode(message));
  }

  @Test
  void eachMessageIsReadAsItWasWritten() {
    for (MemberMessage message :
        List.of(
            new MemberMessage.Reserve(KEY, null),
            new MemberMessage.Reserve(KEY, "settle"),
            new MemberMessage.GiveBack(KEY),
            new MemberMessage.Ask(KEY, 123),
            new MemberMessage.Kill(KEY),
            new MemberMessage.Ready(KEY, -5),
            new MemberMessage.Refused(KEY, true, "voll"),
            new MemberMessage.NotStarted(KEY, -6),
            new MemberMessage.Unknown(KEY))) {
      assertEquals(message, again(message));
    }
    for (Work work : WORKS) {
      assertEquals(new MemberMessage.Go(-1, 5, work), again(new MemberMessage.Go(-1, 5, work)));
    }
    for (Outcome outcome : OUTCOMES) {
      MemberMessage message = new MemberMessage.Ended(KEY, outcome);
      assertEquals(message, again(message));
    }
    assertEquals(
        Outcome.class.getPermittedSubclasses().length, OUTCOMES.size(), "every kind is tried");
    OutputPiece piece = new OutputPiece(9, new byte[] {1, -1, 0});
    MemberMessage.Runs runs =
        assertInstanceOf(MemberMessage.Runs.class, again(new MemberMessage.Runs(KEY, piece)));
    assertEquals(9, runs.output().from());
    assertArrayEquals(piece.bytes(), runs.output().bytes());
  }

  @Test
  void whatIsOfAnotherFormatOrBreaksOffIsRefused() {
    byte[] bytes = MessageCodec.encode(new MemberMessage.Go(1, 2, WORKS.getLast()));
    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThrows(IllegalArgumentException.class, () -> MessageCodec.decode(part));
    }
    byte[] other = bytes.clone();
    other[0] = 2;
    String reason =
        assertThrows(IllegalArgumentException.class, () -> MessageCodec.decode(other)).getMessage();
    assertTrue(String.valueOf(reason).contains("format 2"), reason);
    byte[] unknown = bytes.clone();
    unknown[1] = 99;
    assertThrows(IllegalArgumentException.class, () -> MessageCodec.decode(unknown));
    byte[] huge = bytes.clone();
    huge[2] = 127;
    assertThrows(IllegalArgumentException.class, () -> MessageCodec.decode(huge));
  }
}
