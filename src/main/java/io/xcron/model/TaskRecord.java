package io.xcron.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task as it is stored: an immutable byte array with a fixed header, the variable part of the
 * progress, and the definition. The key under which it lies is the id, which the record does not
 * repeat.
 *
 * <pre>
 *  0  format               1  phase (low nibble), paused (0x10), open runs (0x20),
 *                             a chain (0x40), ends to be told (0x80)
 *  2  epoch                10 sequence          the version of the write, see {@link #stamped}
 *  18 generation           26 version           of the definition (int)
 *  30 created              38 decided number    46 decided instant
 *  54 next instant         62 delivered runs    70 length of the variable progress (unsigned short)
 *  72 last run, open runs, then the chain behind its length (int) if there is one,
 *     then the definition as {@link TaskCodec} writes it
 * </pre>
 *
 * Numbers in the header are big-endian.
 */
public final class TaskRecord {
  /**
   * The format that this version writes. Format 2 is the same without chains, and does not tell of
   * open runs in its header; format 1 has no marks, notes and arguments among the runs either. Both
   * are read as they are.
   */
  public static final int FORMAT = 3;

  private static final int FORMAT_WITH_FLAGS = 3;

  private static final int OLDEST_FORMAT = 1;

  private static final int PHASE = 1;
  private static final int EPOCH = 2;
  private static final int SEQUENCE = 10;
  private static final int GENERATION = 18;
  private static final int VERSION = 26;
  private static final int CREATED = 30;
  private static final int DECIDED_NUMBER = 38;
  private static final int DECIDED_MILLIS = 46;
  private static final int NEXT = 54;
  private static final int DELIVERED = 62;
  private static final int VARIABLE_LENGTH = 70;
  private static final int HEADER = 72;
  private static final int PAUSED = 0x10;
  private static final int OPEN_RUNS = 0x20;
  private static final int CHAIN = 0x40;
  private static final int ENDS = 0x80;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] bytes;
  private final int base;

  private TaskRecord(byte[] bytes, int base) {
    this.bytes = bytes;
    this.base = base;
  }

  /**
   * A view of stored bytes from an offset to the end; they must not be changed afterwards.
   *
   * @throws IllegalArgumentException if they are no record of a known format
   */
  public static TaskRecord of(byte[] bytes, int offset) {
    if (bytes.length - offset < HEADER || bytes[offset] < OLDEST_FORMAT || bytes[offset] > FORMAT) {
      throw new IllegalArgumentException(
          "not a task record of format " + OLDEST_FORMAT + " to " + FORMAT);
    }
    return new TaskRecord(bytes, offset);
  }

  static TaskRecord create(
      byte[] definition, long generation, int version, long createdMillis, Progress progress) {
    return assemble(definition, 0, definition.length, generation, version, createdMillis, progress);
  }

  /** The same definition with other progress. */
  TaskRecord with(Progress progress) {
    int start = definitionOffset();
    return assemble(
        bytes, start, bytes.length - start, generation(), version(), createdMillis(), progress);
  }

  /** With these of its open runs as started. */
  public TaskRecord withStarted(List<OpenRun> runs) {
    return runs.isEmpty() ? this : with(progress().withOpenRuns(runs));
  }

  /** Another definition with other progress; the version goes up by one. */
  TaskRecord with(byte[] definition, Progress progress) {
    return assemble(
        definition, 0, definition.length, generation(), version() + 1, createdMillis(), progress);
  }

  private static TaskRecord assemble(
      byte[] definition,
      int offset,
      int length,
      long generation,
      int version,
      long createdMillis,
      Progress progress) {
    byte[] variable = variablePart(progress);
    Chain chain = progress.chain();
    byte[] chained = chain.isNone() ? NOT_CHAINED : chainPart(chain);
    int start = HEADER + variable.length + chained.length;
    byte[] bytes = new byte[start + length];
    bytes[0] = FORMAT;
    bytes[PHASE] =
        (byte)
            (progress.phase().code()
                | (progress.paused() ? PAUSED : 0)
                | (progress.openRuns().isEmpty() ? 0 : OPEN_RUNS)
                | (chained.length == 0 ? 0 : CHAIN)
                | (chain.ends().isEmpty() ? 0 : ENDS));
    LONG.set(bytes, GENERATION, generation);
    INT.set(bytes, VERSION, version);
    LONG.set(bytes, CREATED, createdMillis);
    LONG.set(bytes, DECIDED_NUMBER, progress.decidedNumber());
    LONG.set(bytes, DECIDED_MILLIS, progress.decidedMillis());
    LONG.set(bytes, NEXT, progress.nextMillis());
    LONG.set(bytes, DELIVERED, progress.delivered());
    SHORT.set(bytes, VARIABLE_LENGTH, (short) variable.length);
    System.arraycopy(variable, 0, bytes, HEADER, variable.length);
    System.arraycopy(chained, 0, bytes, HEADER + variable.length, chained.length);
    System.arraycopy(definition, offset, bytes, start, length);
    return new TaskRecord(bytes, 0);
  }

  private static final byte[] NOT_CHAINED = {};

  private static byte[] chainPart(Chain chain) {
    ByteSink sink = new ByteSink(64);
    chain.writeTo(sink);
    byte[] content = sink.toByteArray();
    byte[] part = new byte[Integer.BYTES + content.length];
    INT.set(part, 0, content.length);
    System.arraycopy(content, 0, part, Integer.BYTES, content.length);
    return part;
  }

  private static final byte[] NOTHING_YET = {0, 0};

  // What the variable part begins with.
  private static final int WITH_LAST_RUN = 1;
  private static final int WITH_FINISHED = 1 << 1;

  private static byte[] variablePart(Progress progress) {
    boolean finished = progress.finishedMillis() != 0;
    if (progress.lastRun() == null && progress.openRuns().isEmpty() && !finished) {
      return NOTHING_YET;
    }
    ByteSink sink = new ByteSink(48);
    LastRun last = progress.lastRun();
    sink.putByte((last == null ? 0 : WITH_LAST_RUN) | (finished ? WITH_FINISHED : 0));
    if (last != null) {
      last.writeTo(sink);
    }
    if (finished) {
      sink.putSigned(progress.finishedMillis());
    }
    sink.putUnsigned(progress.openRuns().size());
    for (OpenRun run : progress.openRuns()) {
      run.writeTo(sink);
    }
    if (sink.size() > 0xFFFF) {
      throw new IllegalStateException("open runs of " + sink.size() + " bytes do not fit a record");
    }
    return sink.toByteArray();
  }

  /**
   * Writes the version of the write into the record. Only the holder of a partition's grant calls
   * this, once, before the record is stored anywhere.
   */
  public TaskRecord stamped(long epoch, long sequence) {
    LONG.set(bytes, base + EPOCH, epoch);
    LONG.set(bytes, base + SEQUENCE, sequence);
    return this;
  }

  /** How many bytes the record takes. */
  public int length() {
    return bytes.length - base;
  }

  /** Copies the record to where it is stored. */
  public void copyTo(byte[] destination, int offset) {
    System.arraycopy(bytes, base, destination, offset, length());
  }

  public long epoch() {
    return (long) LONG.get(bytes, base + EPOCH);
  }

  public long sequence() {
    return (long) LONG.get(bytes, base + SEQUENCE);
  }

  /** Given when the id was created; a later creation under the same id has a larger one. */
  public long generation() {
    return (long) LONG.get(bytes, base + GENERATION);
  }

  /** Counts the changes of the definition, from 1. */
  public int version() {
    return (int) INT.get(bytes, base + VERSION);
  }

  public long createdMillis() {
    return (long) LONG.get(bytes, base + CREATED);
  }

  public long decidedNumber() {
    return (long) LONG.get(bytes, base + DECIDED_NUMBER);
  }

  public long nextMillis() {
    return (long) LONG.get(bytes, base + NEXT);
  }

  public long delivered() {
    return (long) LONG.get(bytes, base + DELIVERED);
  }

  public Progress.Phase phase() {
    return Progress.Phase.ofCode(bytes[base + PHASE] & 0x0F);
  }

  public boolean paused() {
    return (bytes[base + PHASE] & PAUSED) != 0;
  }

  public boolean hasOpenRuns() {
    if (bytes[base] >= FORMAT_WITH_FLAGS) {
      return (bytes[base + PHASE] & OPEN_RUNS) != 0;
    }
    if (variableLength() <= 2) {
      return false;
    }
    ByteSource source = new ByteSource(bytes, base + HEADER);
    int with = source.getByte();
    if ((with & WITH_LAST_RUN) != 0) {
      LastRun.skip(source);
    }
    if ((with & WITH_FINISHED) != 0) {
      source.getSigned();
    }
    return source.getCount() > 0;
  }

  private boolean chained() {
    return (bytes[base + PHASE] & CHAIN) != 0;
  }

  /** Whether runs have ended of which followers are to be told. */
  public boolean hasEndsToTell() {
    return (bytes[base + PHASE] & ENDS) != 0;
  }

  public Chain chain() {
    return chained()
        ? Chain.readFrom(new ByteSource(bytes, base + HEADER + variableLength() + Integer.BYTES))
        : Chain.NONE;
  }

  public Progress progress() {
    ByteSource source = new ByteSource(bytes, base + HEADER);
    int with = source.getByte();
    LastRun last = (with & WITH_LAST_RUN) == 0 ? null : LastRun.readFrom(source);
    long finishedMillis = (with & WITH_FINISHED) == 0 ? 0 : source.getSigned();
    int count = source.getCount();
    List<OpenRun> open = count == 0 ? List.of() : new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      open.add(OpenRun.readFrom(source));
    }
    return new Progress(
        phase(),
        paused(),
        decidedNumber(),
        (long) LONG.get(bytes, base + DECIDED_MILLIS),
        nextMillis(),
        delivered(),
        last,
        open,
        finishedMillis,
        chain());
  }

  /** The definition; {@code id} is the key under which the record lies. */
  public Task task(String id) {
    return TaskCodec.decode(id, new ByteSource(bytes, definitionOffset()));
  }

  /** Tells what a search can ask for, at a fraction of the cost of {@link #task}. */
  public void texts(TaskTexts texts) {
    TaskSkimmer.texts(new ByteSource(bytes, definitionOffset()), texts);
  }

  /** Whether the definition has a jitter. */
  public boolean jittered() {
    return TaskCodec.jittered(bytes, definitionOffset());
  }

  /** Whether the definition names a calendar. */
  public boolean namesCalendar() {
    return TaskCodec.namesCalendar(bytes, definitionOffset());
  }

  /** The state that the API shows. */
  public TaskState state() {
    return switch (phase()) {
      case FINISHED -> hasOpenRuns() ? TaskState.RUNNING : TaskState.FINISHED;
      case DEAD -> TaskState.DEAD;
      case ACTIVE -> {
        if (!TaskCodec.enabled(bytes, definitionOffset())) {
          yield TaskState.DISABLED;
        }
        if (paused()) {
          yield TaskState.PAUSED;
        }
        yield hasOpenRuns() ? TaskState.RUNNING : TaskState.SCHEDULED;
      }
    };
  }

  /** Whether the task takes part in firing: active, enabled, not paused. */
  public boolean fires() {
    return phase() == Progress.Phase.ACTIVE
        && !paused()
        && TaskCodec.enabled(bytes, definitionOffset());
  }

  /**
   * When a task that has come to its end goes; {@link Progress#NEVER} for one that stays, or has
   * not come to it.
   */
  public long expiryMillis() {
    if (phase() == Progress.Phase.ACTIVE) {
      return Progress.NEVER;
    }
    long after = TaskCodec.deleteAfterMillis(bytes, definitionOffset());
    if (after < 0) {
      return Progress.NEVER;
    }
    Progress progress = progress();
    return progress.openRuns().isEmpty() ? progress.endedMillis() + after : Progress.NEVER;
  }

  /** The definition's bound of delivered runs; 0 for none. */
  public long maxRuns() {
    return TaskCodec.maxRuns(bytes, definitionOffset());
  }

  /** Whether the definition fires at most once. */
  public boolean oneShot() {
    return TaskCodec.oneShot(bytes, definitionOffset());
  }

  private int variableLength() {
    return (short) SHORT.get(bytes, base + VARIABLE_LENGTH) & 0xFFFF;
  }

  private int definitionOffset() {
    int start = base + HEADER + variableLength();
    return chained() ? start + Integer.BYTES + (int) INT.get(bytes, start) : start;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TaskRecord that
        && Arrays.equals(bytes, base, bytes.length, that.bytes, that.base, that.bytes.length);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(generation() * 31 + sequence());
  }

  @Override
  public String toString() {
    return "TaskRecord[generation="
        + generation()
        + ", version="
        + version()
        + ", "
        + progress()
        + "]";
  }
}
