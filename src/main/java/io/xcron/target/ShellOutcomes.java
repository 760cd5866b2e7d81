package io.xcron.target;

import java.util.Map;

/** What several members' ends of one attempt come to. */
final class ShellOutcomes {
  /** The output of all members together. */
  private static final int MAX_CHARS = 4 * (ShellOutput.HEAD_BYTES + ShellOutput.TAIL_BYTES);

  private ShellOutcomes() {}

  /**
   * The first failure in the order of the members' names, or a success when there is none. With
   * more than one member the outputs are joined under the members' names.
   */
  static Outcome combined(Map<String, Outcome> byMember) {
    Outcome worst = byMember.values().iterator().next();
    for (Outcome outcome : byMember.values()) {
      if (!outcome.success()) {
        worst = outcome;
        break;
      }
    }
    if (byMember.size() == 1) {
      return worst;
    }
    StringBuilder all = new StringBuilder();
    boolean cut = false;
    for (Map.Entry<String, Outcome> one : byMember.entrySet()) {
      all.append('[').append(one.getKey()).append("] ").append(told(one.getValue())).append('\n');
      cut |= one.getValue() instanceof Outcome.Exited exited && exited.cut();
    }
    if (all.length() > MAX_CHARS) {
      all.setLength(
          Character.isHighSurrogate(all.charAt(MAX_CHARS - 1)) ? MAX_CHARS - 1 : MAX_CHARS);
      cut = true;
    }
    return with(worst, all.toString(), cut);
  }

  private static String told(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Exited exited -> "exit status " + exited.status() + "\n" + exited.output();
      case Outcome.Killed killed -> "killed\n" + killed.output();
      case Outcome.TimedOut timedOut -> "timed out\n" + timedOut.output();
      case Outcome.ConnectFailed failed -> failed.reason();
      case Outcome.Broken broken -> broken.reason();
      case Outcome.Denied denied -> denied.reason();
      case Outcome.Unsendable unsendable -> unsendable.reason();
      case Outcome.Withdrawn withdrawn -> "withdrawn";
      case Outcome.Accepted accepted -> accepted.body();
      case Outcome.Answered answered -> answered.body();
    };
  }

  private static Outcome with(Outcome outcome, String output, boolean cut) {
    return switch (outcome) {
      case Outcome.Exited exited -> new Outcome.Exited(exited.status(), output, cut);
      case Outcome.Killed killed -> new Outcome.Killed(output, cut);
      case Outcome.TimedOut timedOut -> new Outcome.TimedOut(output, cut);
      // Other members may have run: it is not as if nothing had started.
      case Outcome.ConnectFailed failed -> new Outcome.Broken(failed.reason());
      case Outcome.Broken broken -> broken;
      case Outcome.Denied denied -> denied;
      case Outcome.Unsendable unsendable -> unsendable;
      case Outcome.Withdrawn withdrawn -> new Outcome.Broken("it did not start in time everywhere");
      case Outcome.Accepted accepted -> accepted;
      case Outcome.Answered answered -> answered;
    };
  }
}
