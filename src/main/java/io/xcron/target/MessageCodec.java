package io.xcron.target;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@link MemberMessage}s as bytes: the format, the kind, the attempt, and what the kind has. */
final class MessageCodec {
  /** The format that this version sends and takes. */
  static final int FORMAT = 1;

  private static final int RESERVE = 1;
  private static final int GIVE_BACK = 2;
  private static final int GO = 3;
  private static final int ASK = 4;
  private static final int KILL = 5;
  private static final int READY = 6;
  private static final int REFUSED = 7;
  private static final int RUNS = 8;
  private static final int ENDED = 9;
  private static final int UNKNOWN = 10;
  private static final int NOT_STARTED = 11;

  private static final int COMMAND = 1;
  private static final int HANDLER = 2;

  private MessageCodec() {}

  static byte[] encode(MemberMessage message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeByte(kind(message));
      write(out, message.key());
      writeRest(out, message);
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static int kind(MemberMessage message) {
    return switch (message) {
      case MemberMessage.Reserve m -> RESERVE;
      case MemberMessage.GiveBack m -> GIVE_BACK;
      case MemberMessage.Go m -> GO;
      case MemberMessage.Ask m -> ASK;
      case MemberMessage.Kill m -> KILL;
      case MemberMessage.Ready m -> READY;
      case MemberMessage.Refused m -> REFUSED;
      case MemberMessage.Runs m -> RUNS;
      case MemberMessage.Ended m -> ENDED;
      case MemberMessage.Unknown m -> UNKNOWN;
      case MemberMessage.NotStarted m -> NOT_STARTED;
    };
  }

  private static void writeRest(DataOutputStream out, MemberMessage message) throws IOException {
    switch (message) {
      case MemberMessage.Reserve reserve -> writeOptional(out, reserve.handler());
      case MemberMessage.Go go -> {
        out.writeLong(go.stamp());
        out.writeLong(go.leftNanos());
        writeWork(out, go.work());
      }
      case MemberMessage.Ask ask -> out.writeLong(ask.outputFrom());
      case MemberMessage.Ready ready -> out.writeLong(ready.stamp());
      case MemberMessage.NotStarted not -> out.writeLong(not.stamp());
      case MemberMessage.Refused refused -> {
        out.writeBoolean(refused.full());
        writeText(out, refused.reason());
      }
      case MemberMessage.Runs runs -> {
        out.writeLong(runs.output().from());
        writeBytes(out, runs.output().bytes());
      }
      case MemberMessage.Ended ended -> OutcomeCodec.write(out, ended.outcome());
      case MemberMessage.GiveBack m -> {}
      case MemberMessage.Kill m -> {}
      case MemberMessage.Unknown m -> {}
    }
  }

  /**
   * Reads a message.
   *
   * @throws IllegalArgumentException if it is of another format, or breaks off
   */
  static MemberMessage decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new IllegalArgumentException(
            "a member speaks format " + format + " about runs, this one " + FORMAT);
      }
      int kind = in.readUnsignedByte();
      AttemptKey key = new AttemptKey(text(in), in.readLong(), in.readLong(), in.readInt());
      return switch (kind) {
        case RESERVE -> new MemberMessage.Reserve(key, optional(in));
        case GIVE_BACK -> new MemberMessage.GiveBack(key);
        case GO -> new MemberMessage.Go(in.readLong(), in.readLong(), work(in, key));
        case ASK -> new MemberMessage.Ask(key, in.readLong());
        case KILL -> new MemberMessage.Kill(key);
        case READY -> new MemberMessage.Ready(key, in.readLong());
        case REFUSED -> new MemberMessage.Refused(key, in.readBoolean(), text(in));
        case RUNS -> new MemberMessage.Runs(key, new OutputPiece(in.readLong(), bytes(in)));
        case ENDED -> new MemberMessage.Ended(key, OutcomeCodec.read(in));
        case UNKNOWN -> new MemberMessage.Unknown(key);
        case NOT_STARTED -> new MemberMessage.NotStarted(key, in.readLong());
        default -> throw new IllegalArgumentException("no message about runs is of kind " + kind);
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("a message about a run breaks off", e);
    }
  }

  private static void write(DataOutputStream out, AttemptKey key) throws IOException {
    writeText(out, key.taskId());
    out.writeLong(key.generation());
    out.writeLong(key.runNumber());
    out.writeInt(key.attempt());
  }

  private static void writeWork(DataOutputStream out, Work work) throws IOException {
    switch (work) {
      case ShellCommand command -> {
        out.writeByte(COMMAND);
        out.writeLong(command.dueMillis());
        out.writeLong(command.fencingToken());
        out.writeLong(command.mutexToken());
        writeText(out, command.traceparent());
        writeOptional(out, command.arg());
        writeText(out, command.command());
        writeTexts(out, command.env());
        out.writeLong(command.timeout().toMillis());
      }
      case HandlerOrder order -> {
        out.writeByte(HANDLER);
        out.writeLong(order.dueMillis());
        out.writeLong(order.startMillis());
        out.writeLong(order.fencingToken());
        out.writeLong(order.mutexToken());
        writeText(out, order.traceparent());
        writeOptional(out, order.arg());
        writeText(out, order.handler());
        writeOptional(out, order.givenArg());
        writeOptional(out, order.taskName());
        writeTexts(out, order.labels());
      }
    }
  }

  private static Work work(DataInputStream in, AttemptKey key) throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case COMMAND ->
          new ShellCommand(
              key,
              in.readLong(),
              in.readLong(),
              in.readLong(),
              text(in),
              optional(in),
              text(in),
              texts(in),
              Duration.ofMillis(in.readLong()));
      case HANDLER ->
          new HandlerOrder(
              key,
              in.readLong(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              text(in),
              optional(in),
              text(in),
              optional(in),
              optional(in),
              texts(in));
      default -> throw new IllegalArgumentException("no work is of kind " + kind);
    };
  }

  static void writeText(DataOutputStream out, String text) throws IOException {
    writeBytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  private static void writeOptional(DataOutputStream out, @Nullable String text)
      throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      writeText(out, text);
    }
  }

  private static @Nullable String optional(DataInputStream in) throws IOException {
    return in.readBoolean() ? text(in) : null;
  }

  private static void writeTexts(DataOutputStream out, Map<String, String> texts)
      throws IOException {
    out.writeInt(texts.size());
    for (Map.Entry<String, String> one : texts.entrySet()) {
      writeText(out, one.getKey());
      writeText(out, one.getValue());
    }
  }

  private static Map<String, String> texts(DataInputStream in) throws IOException {
    int count = in.readInt();
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      texts.put(text(in), text(in));
    }
    return texts;
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IllegalArgumentException("a message about a run has a text of " + length);
    }
    return in.readNBytes(length);
  }
}
