package io.xcron.slice;

import java.util.function.Supplier;

/**
 * What goes wrong in a simulated cluster, and which rule is taken out.
 *
 * @param slow how often a message takes long, up to two seconds
 * @param lost how often a message or its answer is lost
 * @param pause how often a process stops between two of its steps
 * @param sendsLate how often the bytes of an attempt leave long after the check
 * @param stalls how often a journal does not answer a reservation for seconds
 * @param drift by how much clocks are off
 * @param rules the rules that members keep to
 * @param releasesBusy whether an owner releases with checked attempts pending (against rule 4)
 * @param refreshesToken whether the token is taken anew when the bytes leave (against rule 5)
 */
record SimFaults(
    double slow,
    double lost,
    double pause,
    double sendsLate,
    double stalls,
    double drift,
    Supplier<Rules> rules,
    boolean releasesBusy,
    boolean refreshesToken) {

  static final SimFaults ALL =
      new SimFaults(0.01, 0.01, 0.002, 0.05, 0.2, 0.05, Rules::new, false, false);

  /** As when the members of Raft are busy: one message in five is slow. */
  static final SimFaults SLOW =
      new SimFaults(0.2, 0.01, 0.002, 0.05, 0.2, 0.05, Rules::new, false, false);

  static final SimFaults NONE = new SimFaults(0, 0, 0, 0, 0, 0, Rules::new, false, false);

  SimFaults without(Supplier<Rules> broken) {
    return new SimFaults(
        slow, lost, pause, sendsLate, stalls, drift, broken, releasesBusy, refreshesToken);
  }

  SimFaults releasingBusy() {
    return new SimFaults(slow, lost, pause, sendsLate, stalls, drift, rules, true, refreshesToken);
  }

  SimFaults refreshingToken() {
    return new SimFaults(slow, lost, pause, sendsLate, stalls, drift, rules, releasesBusy, true);
  }
}
