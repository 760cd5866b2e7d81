package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcron.node.ClusterFigures.Said;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusterFiguresTest {
  private static final UUID SELF = new UUID(1, 1);
  private static final long MS = 1_000_000;

  @Test
  void nothingIsKnownBeforeBothHaveHeardEachOther() {
    assertNull(said(0, List.of(), -1L).wallAheadMillis(0, SELF), "we have heard nothing at once");
    assertNull(said(0, List.of(-1L), null).wallAheadMillis(0, SELF), "it has heard nothing of us");
  }

  /** On a machine with ten times the work it can do even the quickest of twenty is late. */
  @ParameterizedTest
  @CsvSource({"1, 1", "35, 1", "1, 35", "300, 300", "9000, 40"})
  void messagesThatAreLateDoNotLookLikeAClockThatIsOff(long ours, long theirs) {
    assertEquals(0, heard(0, ours, theirs).wallAheadMillis(0, SELF));
  }

  @ParameterizedTest
  @CsvSource({
    // off, the quickest way from it to us and from us to it, what is known for certain
    "30000, 3, 2, 29997",
    "-30000, 3, 2, -29998",
    "40, 35, 90, 5",
    "-40, 35, 30, -10",
    "40, 45, 90, 0",
  })
  void ofAClockThatIsOffTheLeastIsTaken(long off, long ours, long theirs, long known) {
    assertEquals(known, heard(off, ours, theirs).wallAheadMillis(0, SELF));
  }

  /** Its monotonic clock stood still for a minute; its wall clock, like ours, did not. */
  @Test
  void aMachineThatStoodStillHasNoClockThatIsAhead() {
    long minute = 60_000 * MS;
    Said said = said(0, List.of(-MS), -MS);
    assertNull(
        said(minute, List.of(-MS - minute), minute - MS).after(said).wallAheadMillis(0, SELF));
  }

  @Test
  void theQuickestOfTenSecondsCounts() {
    Said said = said(0, List.of(-MS), -MS);
    for (int heard = 2; heard <= 20; heard++) {
      said = said(0, List.of(-300 * MS), -MS).after(said);
      assertEquals(List.of(-MS), said.aheadNanos().subList(0, 1));
    }
    said = said(0, List.of(-300 * MS), -MS).after(said);
    assertEquals(LongStream.range(0, 20).mapToObj(i -> -300 * MS).toList(), said.aheadNanos());
  }

  /** What the messages say of the monotonic clocks goes on to count. */
  @Test
  void aStepOfEitherWallClockIsKnownWithTheNextMessage() {
    long step = 30_000;
    Said before = heard(0, 1, 1);
    for (long of : new long[] {step, -step}) {
      Said after = said(of * MS, List.of(-2 * MS), -MS).after(before);
      long least = of > 0 ? of - 1 : of + 1;
      assertEquals(least, after.wallAheadMillis(0, SELF));
      assertEquals(0, after.wallAheadMillis(of * MS, SELF), "both were set");
      assertEquals(-least, before.wallAheadMillis(of * MS, SELF), "ours was set");
    }
  }

  /** With the ways of the quickest message from it to us, and of that from us to it. */
  private static Said heard(long wallAheadMillis, long oursMillis, long theirsMillis) {
    return said(wallAheadMillis * MS, List.of(-oursMillis * MS), -theirsMillis * MS);
  }

  private static Said said(long wallAheadNanos, List<Long> aheadNanos, @Nullable Long ofUsNanos) {
    ObjectNode figure = JsonNodeFactory.instance.objectNode();
    figure.put("wall_ahead_nanos", wallAheadNanos).putObject("ahead").put(SELF + "", ofUsNanos);
    return new Said(figure, aheadNanos, 0);
  }
}
