package io.xcron.http;

import io.xcron.model.OpenRun;
import io.xcron.model.RunRecord;
import io.xcron.schedule.Timeline;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An explanation as one sentence, in English or Chinese. */
final class ExplainWords {
  private ExplainWords() {}

  /**
   * The sentence.
   *
   * @param schedule the schedule in words of the same language
   */
  static String sentence(Explanation of, String schedule, boolean chinese) {
    return chinese ? chinese(of, schedule) : english(of, schedule);
  }

  private static String english(Explanation of, String schedule) {
    String at = Texts.instant(of.atMillis());
    String due = instant(of.dueMillis());
    RunRecord run = of.run();
    OpenRun open = of.open();
    String next =
        of.nextMillis() == Timeline.NONE
            ? ""
            : "; the next run is due at " + instant(of.nextMillis());
    return switch (of.verdict()) {
      case RAN ->
          "Run %s was due at %s, started %s later and succeeded."
              .formatted(number(run), due, lag(of));
      case REPEATED ->
          "Run %s was due at %s and succeeded at attempt %d; the attempt before it: %s."
              .formatted(number(run), due, attempts(run), error(run, true, "failed"));
      case RAN_LATE ->
          "Run %s was due at %s and started %s late, longer than the %s that misfire_after allows; policy \"%s\" ran it all the same, and it succeeded."
              .formatted(number(run), due, lag(of), after(of), misfire(of));
      case FAILED ->
          "Run %s was due at %s and failed after %d attempt(s); the last: %s."
              .formatted(number(run), due, attempts(run), error(run, false, "gave no reason"));
      case TIMED_OUT ->
          "Run %s was due at %s and was given up because its time was over, after %d attempt(s)."
              .formatted(number(run), due, attempts(run));
      case KILLED -> "Run %s, due at %s, was killed.".formatted(number(run), due);
      case UNKNOWN ->
          "Run %s was due at %s; it was started once, its member failed before its end was known, and at-most-once forbids to repeat it."
              .formatted(number(run), due);
      case SKIPPED ->
          "Run %s, due at %s, was skipped: %s."
              .formatted(
                  number(run),
                  due,
                  detail(
                      run,
                      "an earlier run was still going on, and policy overlap is \""
                          + overlap(of)
                          + "\""));
      case MISFIRED ->
          "Run %s, due at %s, was let go: nobody could start it within the %s that misfire_after allows, and policy misfire is \"%s\"."
              .formatted(number(run), due, after(of), misfire(of));
      case UNDER_WAY ->
          "Run %s, due at %s, is under way: %s."
              .formatted(open == null ? "?" : open.number(), due, english(open));
      case WAITING ->
          "A run is due since %s and has not started yet: its turn, its target or its partition's owner is awaited."
              .formatted(due);
      case TO_COME -> "A run is still to come, at %s.".formatted(due);
      case PAUSED ->
          "Nothing runs at %s because the task is paused; instants that pass meanwhile are not made up for."
              .formatted(at);
      case DISABLED -> "Nothing runs at %s because the task is disabled.".formatted(at);
      case FINISHED -> "Nothing runs at %s because the task has had its last run.".formatted(at);
      case BEFORE_START ->
          "Nothing runs at %s because it lies before the task's start, %s%s."
              .formatted(at, of.task().start(), next);
      case AFTER_END ->
          "Nothing runs at %s because it lies after the task's end, %s."
              .formatted(at, of.task().end());
      case NOT_YET_CREATED -> "Nothing ran at %s because the task was created later.".formatted(at);
      case EXCLUDED ->
          "Nothing runs at %s because calendar \"%s\" excludes that day%s."
              .formatted(at, of.task().calendar(), next);
      case NOT_IN_SCHEDULE ->
          "Nothing is due at %s: the schedule (%s) has no instant there%s."
              .formatted(at, schedule, next);
      case NO_INSTANT_OF_ITS_OWN ->
          "Nothing is due at %s: this task runs after another run has ended, not at fixed instants%s."
              .formatted(at, next);
      case NO_RECORD ->
          "A run was due at %s, and there is no record of it: the misfire policy let it go together with a later instant, the task was paused, disabled or had another schedule then, or the record is too old and gone."
              .formatted(due);
    };
  }

  private static String chinese(Explanation of, String schedule) {
    String at = Texts.instant(of.atMillis());
    String due = instant(of.dueMillis());
    RunRecord run = of.run();
    OpenRun open = of.open();
    String next = of.nextMillis() == Timeline.NONE ? "" : ";下一次执行时间为 " + instant(of.nextMillis());
    return switch (of.verdict()) {
      case RAN -> "第 %s 次执行应在 %s 开始,延迟 %s 后启动并成功。".formatted(number(run), due, lag(of));
      case REPEATED ->
          "第 %s 次执行应在 %s 开始,第 %d 次尝试成功;前一次尝试失败:%s。"
              .formatted(number(run), due, attempts(run), error(run, true, "无原因"));
      case RAN_LATE ->
          "第 %s 次执行应在 %s 开始,迟了 %s,超过 misfire_after 允许的 %s;按错过策略“%s”仍然执行,并且成功。"
              .formatted(number(run), due, lag(of), after(of), misfire(of));
      case FAILED ->
          "第 %s 次执行应在 %s 开始,尝试 %d 次后失败:%s。"
              .formatted(number(run), due, attempts(run), error(run, false, "无原因"));
      case TIMED_OUT ->
          "第 %s 次执行应在 %s 开始,尝试 %d 次后因超时而放弃。".formatted(number(run), due, attempts(run));
      case KILLED -> "第 %s 次执行(应在 %s 开始)已被终止。".formatted(number(run), due);
      case UNKNOWN ->
          "第 %s 次执行应在 %s 开始;已启动一次,但执行成员在结果确定前失效,“至多一次”策略不允许重试。".formatted(number(run), due);
      case SKIPPED ->
          "第 %s 次执行(应在 %s 开始)被跳过:前一次执行尚未结束,重叠策略为“%s”。".formatted(number(run), due, overlap(of));
      case MISFIRED ->
          "第 %s 次执行(应在 %s 开始)被放弃:在 misfire_after 允许的 %s 内无法启动,错过策略为“%s”。"
              .formatted(number(run), due, after(of), misfire(of));
      case UNDER_WAY ->
          "第 %s 次执行(应在 %s 开始)正在进行:%s。"
              .formatted(open == null ? "?" : open.number(), due, chinese(open));
      case WAITING -> "有一次执行自 %s 起到期,尚未启动:正在等待轮次、目标或分区所有者。".formatted(due);
      case TO_COME -> "下一次执行尚未到来,时间为 %s。".formatted(due);
      case PAUSED -> "%s 不执行:任务已暂停;暂停期间错过的时刻不会补上。".formatted(at);
      case DISABLED -> "%s 不执行:任务已停用。".formatted(at);
      case FINISHED -> "%s 不执行:任务已完成最后一次执行。".formatted(at);
      case BEFORE_START -> "%s 不执行:早于任务的开始时间 %s%s。".formatted(at, of.task().start(), next);
      case AFTER_END -> "%s 不执行:晚于任务的结束时间 %s。".formatted(at, of.task().end());
      case NOT_YET_CREATED -> "%s 没有执行:任务当时尚未创建。".formatted(at);
      case EXCLUDED -> "%s 不执行:日历“%s”排除了这一天%s。".formatted(at, of.task().calendar(), next);
      case NOT_IN_SCHEDULE -> "%s 没有到期的执行:计划(%s)在该时刻没有触发点%s。".formatted(at, schedule, next);
      case NO_INSTANT_OF_ITS_OWN -> "%s 没有到期的执行:该任务在另一次执行结束后运行,没有固定时刻%s。".formatted(at, next);
      case NO_RECORD ->
          "有一次执行应在 %s 开始,但没有记录:该时刻已错过并按错过策略与之后的时刻合并,任务当时已暂停、停用或使用其他计划,或者记录已过期。".formatted(due);
    };
  }

  private static String english(@Nullable OpenRun open) {
    if (open == null) {
      return "it goes on";
    }
    return switch (open.state()) {
      case WAITING ->
          open.attempt() == 0
              ? "it waits for its turn"
              : "it waits for its next attempt, after attempt " + open.attempt();
      case STARTED -> "attempt " + Math.max(1, open.attempt()) + " was started";
      case ACCEPTED -> "the service has accepted it and is to confirm its end";
      case KILLED -> "it is being killed";
      case CONFIRMED, FAILED -> "its end was confirmed and is being written";
    };
  }

  private static String chinese(@Nullable OpenRun open) {
    if (open == null) {
      return "尚未结束";
    }
    return switch (open.state()) {
      case WAITING -> open.attempt() == 0 ? "等待轮次" : "第 " + open.attempt() + " 次尝试之后,等待下一次尝试";
      case STARTED -> "第 " + Math.max(1, open.attempt()) + " 次尝试已启动";
      case ACCEPTED -> "服务已接受,等待确认结束";
      case KILLED -> "正在终止";
      case CONFIRMED, FAILED -> "结束已确认,正在写入";
    };
  }

  private static String instant(long millis) {
    return millis == Timeline.NONE ? "?" : Texts.instant(millis);
  }

  private static String number(@Nullable RunRecord run) {
    return run == null ? "?" : Long.toString(run.number());
  }

  private static int attempts(@Nullable RunRecord run) {
    return run == null || run.attempts().isEmpty() ? 0 : run.attempts().getLast().number();
  }

  private static String lag(Explanation of) {
    return Texts.duration(Duration.ofMillis(of.lagMillis()));
  }

  private static String after(Explanation of) {
    return Texts.duration(of.policy().misfireAfter());
  }

  private static String misfire(Explanation of) {
    return PolicyReader.MISFIRES.word(of.policy().misfire());
  }

  private static String overlap(Explanation of) {
    return PolicyReader.OVERLAPS.word(of.policy().overlap());
  }

  private static String detail(@Nullable RunRecord run, String otherwise) {
    String detail = run == null ? null : run.detail();
    return detail == null ? otherwise : Texts.wellFormed(detail);
  }

  /** The error of the last attempt, or of the one before it. */
  private static String error(@Nullable RunRecord run, boolean beforeLast, String otherwise) {
    if (run == null) {
      return otherwise;
    }
    List<RunRecord.Try> attempts = run.attempts();
    int index = attempts.size() - (beforeLast ? 2 : 1);
    // A run that was never started has no attempt, but a reason.
    String error = index < 0 ? run.detail() : attempts.get(index).error();
    return error == null ? otherwise : Texts.wellFormed(error);
  }
}
