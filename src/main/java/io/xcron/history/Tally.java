package io.xcron.history;

import io.xcron.history.RunFigures.Part;
import io.xcron.history.RunFigures.Spread;
import io.xcron.model.RunCodec;
import io.xcron.model.RunOutcome;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.IntCountsHistogram;

/** Counts of runs with the distributions of their lag and duration. For one thread. */
final class Tally {
  private static final int DIGITS = 2;

  /** A longer lag or duration counts as this. */
  private static final long MAX_MILLIS = 7L * 24 * 3_600_000;

  private static final int CODES =
      1 + Arrays.stream(RunOutcome.values()).mapToInt(RunOutcome::code).max().orElse(0);

  private final long[] outcomes = new long[CODES];
  private long late;
  private long repeats;
  private final IntCountsHistogram lag = new IntCountsHistogram(DIGITS);
  private final IntCountsHistogram duration = new IntCountsHistogram(DIGITS);

  /** The same as compact bytes: a minute's distribution takes some hundred. */
  static final class Closed {
    private final long[] outcomes;
    private final long late;
    private final long repeats;
    private final byte[] lag;
    private final byte[] duration;

    private Closed(Tally tally) {
      outcomes = tally.outcomes.clone();
      late = tally.late;
      repeats = tally.repeats;
      lag = bytes(tally.lag);
      duration = bytes(tally.duration);
    }

    private Closed(long[] outcomes, long late, long repeats, byte[] lag, byte[] duration) {
      this.outcomes = outcomes;
      this.late = late;
      this.repeats = repeats;
      this.lag = lag;
      this.duration = duration;
    }

    void write(DataOutputStream out) throws IOException {
      out.writeByte(outcomes.length);
      for (long count : outcomes) {
        out.writeLong(count);
      }
      out.writeLong(late);
      out.writeLong(repeats);
      out.writeShort(lag.length);
      out.write(lag);
      out.writeShort(duration.length);
      out.write(duration);
    }

    static Closed read(DataInputStream in) throws IOException {
      long[] outcomes = new long[CODES];
      int count = in.readUnsignedByte();
      for (int code = 0; code < count; code++) {
        long runs = in.readLong();
        if (code < CODES) {
          outcomes[code] = runs;
        }
      }
      return new Closed(
          outcomes,
          in.readLong(),
          in.readLong(),
          in.readNBytes(in.readUnsignedShort()),
          in.readNBytes(in.readUnsignedShort()));
    }

    private static byte[] bytes(IntCountsHistogram histogram) {
      ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
      int length = histogram.encodeIntoByteBuffer(buffer);
      return Arrays.copyOf(buffer.array(), length);
    }
  }

  static boolean failed(RunOutcome outcome) {
    return switch (outcome) {
      case FAILURE, TIMEOUT, UNKNOWN -> true;
      case SUCCESS, KILLED, SKIPPED, MISFIRED -> false;
    };
  }

  void add(RunCodec.Glance run) {
    outcomes[run.outcome().code()]++;
    late += run.late() ? 1 : 0;
    if (run.attempts() > 0) {
      repeats += run.attempts() - 1;
      lag.recordValue(bounded(run.startMillis() - run.dueMillis()));
      duration.recordValue(bounded(run.endMillis() - run.startMillis()));
    }
  }

  private static long bounded(long millis) {
    return Math.clamp(millis, 0, MAX_MILLIS);
  }

  void add(Closed other) {
    for (int i = 0; i < outcomes.length; i++) {
      outcomes[i] += other.outcomes[i];
    }
    late += other.late;
    repeats += other.repeats;
    lag.add(IntCountsHistogram.decodeFromByteBuffer(ByteBuffer.wrap(other.lag), 0));
    duration.add(IntCountsHistogram.decodeFromByteBuffer(ByteBuffer.wrap(other.duration), 0));
  }

  Closed close() {
    return new Closed(this);
  }

  static Tally of(Closed closed) {
    Tally tally = new Tally();
    tally.add(closed);
    return tally;
  }

  Part part(String name) {
    Map<RunOutcome, Long> counts = new EnumMap<>(RunOutcome.class);
    long runs = 0;
    for (RunOutcome outcome : RunOutcome.values()) {
      counts.put(outcome, outcomes[outcome.code()]);
      runs += outcomes[outcome.code()];
    }
    return new Part(name, runs, counts, late, repeats, spread(lag), spread(duration));
  }

  private static Spread spread(IntCountsHistogram histogram) {
    if (histogram.getTotalCount() == 0) {
      return new Spread(0, 0, 0, 0, 0, 0, 0);
    }
    return new Spread(
        histogram.getTotalCount(),
        histogram.getMean(),
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(90),
        histogram.getValueAtPercentile(99),
        histogram.getValueAtPercentile(99.9),
        histogram.getMaxValue());
  }
}
