package io.xcron.http;

/** Why a task did, or did not, run at an instant. */
enum Verdict {
  /** It ran when it was due, and succeeded. */
  RAN,
  /** It ran, and succeeded at a later attempt than the first. */
  REPEATED,
  /** It started later than the policy calls on time. */
  RAN_LATE,
  /** It ran, and no attempt succeeded. */
  FAILED,
  TIMED_OUT,
  KILLED,
  /** It may have reached its target. */
  UNKNOWN,
  /** The overlap policy let it go. */
  SKIPPED,
  /** The misfire policy let it go. */
  MISFIRED,
  /** It has started and not ended, or waits for its next attempt. */
  UNDER_WAY,
  /** It is due and has not started. */
  WAITING,
  /** It is still ahead. */
  TO_COME,
  PAUSED,
  DISABLED,
  /** The task has had its last run. */
  FINISHED,
  BEFORE_START,
  AFTER_END,
  /** The task was created later, or its schedule counts from later. */
  NOT_YET_CREATED,
  /** The calendar takes the day out. */
  EXCLUDED,
  /** The schedule has no instant there. */
  NOT_IN_SCHEDULE,
  /** The task runs when another has ended, or when this one has. */
  NO_INSTANT_OF_ITS_OWN,
  /**
   * It was due, and there is no record: it was missed together with a later one, is too old, or the
   * task did not stand like this then.
   */
  NO_RECORD
}
