package io.xcron.model;

/**
 * The latest run that ended, as its task remembers it.
 *
 * @param scheduledMillis the nominal instant, without jitter
 * @param dueMillis the instant with jitter
 * @param attempts how many were started; 0 when the run was skipped
 * @param status of the last answer; 0 without one
 */
public record LastRun(
    long number,
    long scheduledMillis,
    long dueMillis,
    long startMillis,
    long endMillis,
    RunOutcome outcome,
    int attempts,
    int status) {

  void writeTo(ByteSink sink) {
    sink.putUnsigned(number);
    sink.putSigned(scheduledMillis);
    sink.putSigned(dueMillis - scheduledMillis);
    sink.putSigned(startMillis - scheduledMillis);
    sink.putSigned(endMillis - startMillis);
    sink.putByte(outcome.code());
    sink.putUnsigned(attempts);
    sink.putUnsigned(status);
  }

  static void skip(ByteSource source) {
    for (int i = 0; i < 5; i++) {
      source.getUnsigned();
    }
    source.getByte();
    source.getUnsigned();
    source.getUnsigned();
  }

  static LastRun readFrom(ByteSource source) {
    long number = source.getUnsigned();
    long scheduled = source.getSigned();
    long due = scheduled + source.getSigned();
    long start = scheduled + source.getSigned();
    long end = start + source.getSigned();
    return new LastRun(
        number,
        scheduled,
        due,
        start,
        end,
        RunOutcome.ofCode(source.getByte()),
        source.getCount(),
        source.getCount());
  }
}
