package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.Progress;
import io.xcron.model.RunRecord;
import io.xcron.target.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A task named {@code t} in a world of one partition whose clock the test moves. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
abstract class OneTask {
  static final long BEGIN = FakeWorld.BEGIN;

  final FakeWorld world = new FakeWorld(1);

  Tasks once() {
    return Tasks.once("t", BEGIN + 1_000);
  }

  Tasks every(long millis) {
    return Tasks.every("t", millis).start(BEGIN + millis);
  }

  void answer(long millis, Outcome outcome) {
    world.answers = attempt -> new FakeWorld.Answer(millis, outcome);
  }

  List<Long> numbers() {
    return world.shots.stream().map(shot -> shot.number).toList();
  }

  List<Integer> attempts() {
    return world.shots.stream().map(shot -> shot.attempt).toList();
  }

  Progress progress() {
    return world.record("t").progress();
  }

  LastRun last() {
    LastRun last = progress().lastRun();
    assertNotNull(last);
    return last;
  }

  RunRecord logged() {
    assertEquals(1, world.log.size(), world.log.toString());
    return world.log.getFirst();
  }

  void runFor(long millis) {
    world.runUntil(world.nowMillis + millis);
  }

  CompletableFuture<Change.Applied> write(Change change) {
    return world.write("t", change);
  }

  void nothingMoreIsDurable() {
    world.grid.durableMillis = Integer.MAX_VALUE - 1;
  }

  void crashBeforeAnyOfThatIsDurable() {
    world.crash();
    world.grid.allDurable();
    world.grid.durableMillis = 4;
  }

  void outage(long millis) {
    world.granted = false;
    runFor(millis);
    world.granted = true;
  }
}
