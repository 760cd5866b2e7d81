package io.xcron.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes and what they came to, as members send them to each other. Every message begins with the
 * format; a member refuses one that it does not know, and nothing was done then.
 */
public final class ChangeCodec {
  /** The format that this version writes. */
  public static final int FORMAT = 1;

  private static final int CREATE = 1;
  private static final int REPLACE = 2;
  private static final int REMOVE = 3;
  private static final int PAUSE = 4;
  private static final int RESUME = 5;
  private static final int RUN = 6;
  private static final int DECIDE = 7;
  private static final int FINISH = 8;
  private static final int KILL = 9;
  private static final int CONFIRM = 10;
  private static final int REPLAY = 11;
  private static final int EXPIRE = 12;
  private static final int FOLLOW = 13;
  private static final int TRIGGER = 14;
  private static final int TOLD = 15;
  private static final int RECOUNT = 16;
  private static final int REPLACE_OR_BEGIN = 17;

  private static final int STORED = 1;
  private static final int CREATED = 2;
  private static final int REMOVED = 3;
  private static final int UNCHANGED = 4;
  private static final int NOTHING_THERE = 5;
  private static final int REFUSED = 6;

  // The place in this list is the code: new values go to the end, and none is taken out.
  private static final List<Change.Refusal> REFUSALS =
      List.of(
          Change.Refusal.NOT_FOUND,
          Change.Refusal.EXISTS,
          Change.Refusal.STALE_VERSION,
          Change.Refusal.TOO_MANY_RUNS,
          Change.Refusal.IDEMPOTENCY_MISMATCH,
          Change.Refusal.NOT_FAILED,
          Change.Refusal.NO_PREDECESSOR,
          Change.Refusal.TOO_MANY_FOLLOWERS,
          Change.Refusal.CHAIN_TOO_LONG,
          Change.Refusal.NOT_FOLLOWING);

  // Likewise.
  private static final List<TaskChange.Beginning> BEGINNINGS =
      List.of(
          TaskChange.Beginning.FIRING,
          TaskChange.Beginning.PAUSED,
          TaskChange.Beginning.FINISHED,
          TaskChange.Beginning.DEAD);

  private ChangeCodec() {}

  public static byte[] encode(Change change) {
    ByteSink sink = new ByteSink(128);
    sink.putByte(FORMAT);
    switch (change) {
      case TaskChange ofTask -> write(sink, ofTask);
      case RunChange ofRuns -> write(sink, ofRuns);
      case ChainChange ofChain -> write(sink, ofChain);
    }
    return sink.toByteArray();
  }

  private static void write(ByteSink sink, TaskChange change) {
    switch (change) {
      case TaskChange.Create create -> {
        sink.putByte(CREATE);
        writeTask(sink, create.task());
        sink.putSigned(create.createdMillis());
        sink.putSigned(create.nextMillis());
      }
      case TaskChange.Replace replace -> {
        // Members that know no other beginning understand the usual one.
        boolean usual = replace.beginning() == TaskChange.Beginning.FIRING;
        sink.putByte(usual ? REPLACE : REPLACE_OR_BEGIN);
        if (!usual) {
          sink.putByte(BEGINNINGS.indexOf(replace.beginning()));
        }
        writeTask(sink, replace.task());
        sink.putSigned(replace.createdMillis());
        sink.putSigned(replace.nextMillis());
        sink.putSigned(replace.expectedVersion());
      }
      case TaskChange.Remove remove -> {
        sink.putByte(REMOVE);
        sink.putSigned(remove.expectedVersion());
      }
      case TaskChange.Expire expire -> {
        sink.putByte(EXPIRE);
        sink.putSigned(expire.generation());
      }
      case TaskChange.Pause pause -> sink.putByte(PAUSE);
      case TaskChange.Resume resume -> {
        sink.putByte(RESUME);
        sink.putSigned(resume.nextMillis());
        sink.putSigned(resume.version());
      }
      case TaskChange.Recount recount -> {
        sink.putByte(RECOUNT);
        sink.putSigned(recount.generation());
        sink.putSigned(recount.version());
        sink.putSigned(recount.number());
        sink.putSigned(recount.nextMillis());
        sink.putSigned(recount.recountedMillis());
      }
    }
  }

  private static void write(ByteSink sink, RunChange change) {
    switch (change) {
      case RunChange.Run run -> {
        sink.putByte(RUN);
        sink.putOptionalText(run.arg());
      }
      case RunChange.Kill kill -> sink.putByte(KILL);
      case RunChange.Confirm confirm -> {
        sink.putByte(CONFIRM);
        sink.putSigned(confirm.number());
        sink.putByte(confirm.success() ? 1 : 0);
        sink.putOptionalText(confirm.extra());
      }
      case RunChange.Replay replay -> {
        sink.putByte(REPLAY);
        sink.putSigned(replay.number());
      }
      case RunChange.Decide decide -> writeDecide(sink, decide);
      case RunChange.Finish finish -> {
        sink.putByte(FINISH);
        sink.putSigned(finish.generation());
        sink.putSigned(finish.version());
        finish.run().writeTo(sink);
        sink.putSigned(finish.nextMillis());
        sink.putByte(finish.fixedDelay() ? 1 : 0);
      }
    }
  }

  private static void write(ByteSink sink, ChainChange change) {
    switch (change) {
      case ChainChange.Follow follow -> {
        sink.putByte(FOLLOW);
        sink.putText(follow.follower());
      }
      case ChainChange.Trigger trigger -> {
        sink.putByte(TRIGGER);
        sink.putText(trigger.predecessor());
        sink.putSigned(trigger.generation());
        sink.putSigned(trigger.end());
        sink.putByte(trigger.outcome().code());
        sink.putSigned(trigger.endMillis());
      }
      case ChainChange.Told told -> {
        sink.putByte(TOLD);
        sink.putSigned(told.generation());
        sink.putSigned(told.throughEnd());
        sink.putUnsigned(told.gone().size());
        told.gone().forEach(sink::putText);
      }
    }
  }

  private static void writeDecide(ByteSink sink, RunChange.Decide decide) {
    sink.putByte(DECIDE);
    sink.putSigned(decide.generation());
    sink.putSigned(decide.version());
    sink.putSigned(decide.number());
    sink.putSigned(decide.scheduledMillis());
    sink.putSigned(decide.nextMillis());
    sink.putUnsigned(decide.open().size());
    decide.open().forEach(run -> run.writeTo(sink));
    LastRun last = decide.lastRun();
    sink.putByte(last == null ? 0 : 1);
    if (last != null) {
      last.writeTo(sink);
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if it is of a format or kind that is not known
   */
  public static Change decode(byte[] bytes) {
    ByteSource source = open(bytes);
    int kind = source.getByte();
    return switch (kind) {
      case CREATE ->
          new TaskChange.Create(readTask(source), source.getSigned(), source.getSigned());
      case REPLACE -> readReplace(source, TaskChange.Beginning.FIRING);
      case REPLACE_OR_BEGIN -> readReplace(source, BEGINNINGS.get(source.getByte()));
      case REMOVE -> new TaskChange.Remove(readInt(source));
      case PAUSE -> new TaskChange.Pause();
      case RESUME -> new TaskChange.Resume(source.getSigned(), readInt(source));
      case RUN -> new RunChange.Run(source.getOptionalText());
      case DECIDE -> readDecide(source);
      case FINISH ->
          new RunChange.Finish(
              source.getSigned(),
              readInt(source),
              LastRun.readFrom(source),
              source.getSigned(),
              source.getByte() != 0);
      case KILL -> new RunChange.Kill();
      case CONFIRM ->
          new RunChange.Confirm(
              source.getSigned(), source.getByte() != 0, source.getOptionalText());
      case REPLAY -> new RunChange.Replay(source.getSigned());
      case EXPIRE -> new TaskChange.Expire(source.getSigned());
      case FOLLOW -> new ChainChange.Follow(source.getText());
      case TRIGGER ->
          new ChainChange.Trigger(
              source.getText(),
              source.getSigned(),
              source.getSigned(),
              RunOutcome.ofCode(source.getByte()),
              source.getSigned());
      case TOLD -> readTold(source);
      case RECOUNT ->
          new TaskChange.Recount(
              source.getSigned(),
              readInt(source),
              source.getSigned(),
              source.getSigned(),
              source.getSigned());
      default -> throw new IllegalArgumentException("no change has code " + kind);
    };
  }

  private static TaskChange.Replace readReplace(ByteSource source, TaskChange.Beginning beginning) {
    return new TaskChange.Replace(
        readTask(source), source.getSigned(), source.getSigned(), readInt(source), beginning);
  }

  private static ChainChange.Told readTold(ByteSource source) {
    long generation = source.getSigned();
    long throughEnd = source.getSigned();
    List<String> gone = new ArrayList<>();
    for (int left = source.getCount(); left > 0; left--) {
      gone.add(source.getText());
    }
    return new ChainChange.Told(generation, throughEnd, gone);
  }

  private static RunChange.Decide readDecide(ByteSource source) {
    long generation = source.getSigned();
    int version = readInt(source);
    long number = source.getSigned();
    long scheduled = source.getSigned();
    long next = source.getSigned();
    int count = source.getCount();
    List<OpenRun> open = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      open.add(OpenRun.readFrom(source));
    }
    LastRun last = source.getByte() == 0 ? null : LastRun.readFrom(source);
    return new RunChange.Decide(generation, version, number, scheduled, next, open, last);
  }

  public static byte[] encode(Change.Applied applied) {
    return switch (applied) {
      case Change.Applied.Stored stored ->
          withRecord(stored.created() ? CREATED : STORED, stored.record());
      case Change.Applied.Removed removed -> withRecord(REMOVED, removed.last());
      case Change.Applied.Unchanged unchanged ->
          unchanged.record() == null
              ? new byte[] {FORMAT, NOTHING_THERE}
              : withRecord(UNCHANGED, unchanged.record());
      case Change.Applied.Refused refused ->
          new byte[] {FORMAT, REFUSED, (byte) REFUSALS.indexOf(refused.reason())};
    };
  }

  private static byte[] withRecord(int code, TaskRecord record) {
    byte[] bytes = new byte[2 + record.length()];
    bytes[0] = FORMAT;
    bytes[1] = (byte) code;
    record.copyTo(bytes, 2);
    return bytes;
  }

  /**
   * Reads what {@link #encode(Change.Applied)} wrote; the record keeps to the bytes.
   *
   * @throws IllegalArgumentException if it is of a format or kind that is not known
   */
  public static Change.Applied decodeApplied(byte[] bytes) {
    ByteSource source = open(bytes);
    int kind = source.getByte();
    return switch (kind) {
      case STORED -> new Change.Applied.Stored(record(bytes), false);
      case CREATED -> new Change.Applied.Stored(record(bytes), true);
      case REMOVED -> new Change.Applied.Removed(record(bytes));
      case UNCHANGED -> new Change.Applied.Unchanged(record(bytes));
      case NOTHING_THERE -> new Change.Applied.Unchanged(null);
      case REFUSED -> new Change.Applied.Refused(refusal(source.getByte()));
      default -> throw new IllegalArgumentException("no outcome of a change has code " + kind);
    };
  }

  /** The code of a refusal, for other messages that carry one. */
  public static int code(Change.Refusal refusal) {
    return REFUSALS.indexOf(refusal);
  }

  /** The refusal that has this code. */
  public static Change.Refusal refusal(int code) {
    if (code < 0 || code >= REFUSALS.size()) {
      throw new IllegalArgumentException("no refusal has code " + code);
    }
    return REFUSALS.get(code);
  }

  private static TaskRecord record(byte[] bytes) {
    return TaskRecord.of(Arrays.copyOfRange(bytes, 2, bytes.length), 0);
  }

  private static ByteSource open(byte @Nullable [] bytes) {
    if (bytes == null || bytes.length < 2 || bytes[0] != FORMAT) {
      throw new IllegalArgumentException("not a change of format " + FORMAT);
    }
    return new ByteSource(bytes, 1);
  }

  private static void writeTask(ByteSink sink, Task task) {
    sink.putText(task.id());
    byte[] definition = TaskCodec.encode(task);
    sink.putBytes(definition, 0, definition.length);
  }

  private static Task readTask(ByteSource source) {
    return TaskCodec.decode(source.getText(), source);
  }

  private static int readInt(ByteSource source) {
    return Math.toIntExact(source.getSigned());
  }
}
