package io.xcron.fire;

import io.xcron.target.Attempt;
import io.xcron.target.Outcome;
import org.jspecify.annotations.Nullable;

/** An attempt whose bytes went out. */
final class Shot {
  final String id;
  final long generation;
  final long number;
  final int attempt;
  final long dueMillis;
  final long startMillis;
  final long token;
  final long mutexToken;
  final @Nullable String mutex;
  final @Nullable String arg;
  final int life;
  long endMillis = Long.MAX_VALUE;
  boolean sent = true;
  boolean success;
  boolean killed;
  boolean accepted;

  /** What became of it where it was placed; null for a call. */
  @Nullable Elsewhere elsewhere;

  String run() {
    return id + "/" + generation + "/" + number;
  }

  Shot(Attempt attempt, long now, int life) {
    id = attempt.taskId();
    generation = attempt.generation();
    number = attempt.runNumber();
    this.attempt = attempt.number();
    arg = attempt.arg();
    dueMillis = attempt.dueMillis();
    startMillis = now;
    token = attempt.fencingToken();
    mutexToken = attempt.mutexToken();
    mutex = attempt instanceof Run run ? run.task.policy().mutex() : null;
    this.life = life;
  }

  @Override
  public String toString() {
    return id
        + "/"
        + generation
        + "/"
        + number
        + "#"
        + attempt
        + " due +"
        + (dueMillis - FakeWorld.BEGIN)
        + " start +"
        + (startMillis - FakeWorld.BEGIN)
        + " end +"
        + (endMillis - FakeWorld.BEGIN)
        + " life "
        + life
        + (success ? " ok" : " failed");
  }

  /** A command on another member, which a crash of this one does not end. */
  static final class Elsewhere {
    Attempt heardBy;
    final Shot shot;
    int life;
    @Nullable Outcome outcome;

    Elsewhere(Attempt attempt, Shot shot, int life) {
      heardBy = attempt;
      this.shot = shot;
      this.life = life;
    }
  }
}
