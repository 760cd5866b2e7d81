package io.xcron.fire;

import io.xcron.model.LastRun;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.target.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes what is kept of runs that have ended and of instants that were let go. */
final class RunRecords {
  private RunRecords() {}

  static RunRecord letGo(TaskRuns task, LastRun let, String member, String detail) {
    return new RunRecord(
        task.id,
        task.generation,
        let.number(),
        let.scheduledMillis(),
        let.dueMillis(),
        let.endMillis(),
        let.endMillis(),
        let.outcome(),
        false,
        List.of(),
        member,
        0,
        null,
        detail,
        task.task.target().host());
  }

  static RunRecord ended(Run run, LastRun end, String member) {
    List<RunRecord.Try> tries = run.tries.all(end.endMillis());
    boolean started = run.firstStartMillis != 0;
    return new RunRecord(
        run.taskId(),
        run.generation(),
        run.number,
        run.scheduledMillis,
        run.dueMillis,
        end.startMillis(),
        end.endMillis(),
        end.outcome(),
        started && late(run.task, run.firstStartMillis - run.dueMillis),
        tries,
        tries.isEmpty() ? member : tries.getLast().member(),
        run.token,
        output(run),
        tries.isEmpty() ? withoutAttempt(run, end.outcome()) : null,
        run.task.target().host());
  }

  private static boolean late(Task task, long byMillis) {
    return byMillis > task.policy().misfireAfter().toMillis();
  }

  private static @Nullable String output(Run run) {
    String said = run.note();
    if (said != null) {
      return said;
    }
    String output =
        switch (run.outcome()) {
          case Outcome.Answered answered -> answered.body();
          case Outcome.Exited exited -> exited.output();
          case Outcome.Killed killed -> killed.output();
          case Outcome.Accepted accepted -> accepted.body();
          case Outcome.ConnectFailed failed -> null;
          case Outcome.TimedOut timedOut -> timedOut.output();
          case Outcome.Broken broken -> null;
          case Outcome.Denied denied -> null;
          case Outcome.Unsendable unsendable -> null;
          case Outcome.Withdrawn withdrawn -> null;
          case null -> null;
        };
    return output == null || output.isEmpty() ? null : output;
  }

  private static String withoutAttempt(Run run, RunOutcome outcome) {
    if (run.mutexMissed) {
      return "its mutex was held by another run for as long as it may wait";
    }
    return switch (outcome) {
      case SKIPPED -> "another schedule took the place of the one it came from";
      case MISFIRED -> "it was missed";
      case KILLED -> "it was killed before it started";
      case TIMEOUT -> "its time was over before it started";
      case UNKNOWN -> "it may have been started by an owner that is gone";
      case SUCCESS, FAILURE -> "its end was told by the service, not by an attempt of this owner";
    };
  }

  /** The status that an attempt came to; 0 for none. */
  static int status(@Nullable Outcome outcome) {
    if (outcome instanceof Outcome.Answered answered) {
      return answered.status();
    }
    return outcome instanceof Outcome.Exited exited ? exited.status() : 0;
  }

  /** What was wrong with an attempt; null for nothing. */
  static @Nullable String error(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Answered answered ->
          answered.success() ? null : "answered with status " + answered.status();
      case Outcome.Exited exited ->
          exited.success() ? null : "ended with exit status " + exited.status();
      case Outcome.Accepted accepted -> null;
      case Outcome.Killed killed -> "was killed";
      case Outcome.ConnectFailed failed -> failed.reason();
      case Outcome.TimedOut timedOut -> "gave no complete answer in time";
      case Outcome.Broken broken -> broken.reason();
      case Outcome.Denied denied -> denied.reason();
      case Outcome.Unsendable unsendable -> unsendable.reason();
      case Outcome.Withdrawn withdrawn -> "was withdrawn";
    };
  }
}
