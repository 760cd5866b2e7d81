package io.xcron.target;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** {@link Outcome}s as bytes. */
final class OutcomeCodec {
  private static final int ANSWERED = 1;
  private static final int CONNECT_FAILED = 2;
  private static final int TIMED_OUT = 3;
  private static final int BROKEN = 4;
  private static final int DENIED = 5;
  private static final int UNSENDABLE = 6;
  private static final int WITHDRAWN = 7;
  private static final int ACCEPTED = 8;
  private static final int EXITED = 9;
  private static final int KILLED = 10;

  private OutcomeCodec() {}

  static void write(DataOutputStream out, Outcome outcome) throws IOException {
    switch (outcome) {
      case Outcome.Answered answered -> {
        out.writeByte(ANSWERED);
        out.writeInt(answered.status());
        write(out, answered.body(), answered.cut());
      }
      case Outcome.ConnectFailed failed -> write(out, CONNECT_FAILED, failed.reason());
      case Outcome.TimedOut timedOut -> {
        out.writeByte(TIMED_OUT);
        write(out, timedOut.output(), timedOut.cut());
      }
      case Outcome.Broken broken -> write(out, BROKEN, broken.reason());
      case Outcome.Denied denied -> write(out, DENIED, denied.reason());
      case Outcome.Unsendable unsendable -> write(out, UNSENDABLE, unsendable.reason());
      case Outcome.Withdrawn withdrawn -> out.writeByte(WITHDRAWN);
      case Outcome.Accepted accepted -> write(out, ACCEPTED, accepted.body());
      case Outcome.Exited exited -> {
        out.writeByte(EXITED);
        out.writeInt(exited.status());
        write(out, exited.output(), exited.cut());
      }
      case Outcome.Killed killed -> {
        out.writeByte(KILLED);
        write(out, killed.output(), killed.cut());
      }
    }
  }

  private static void write(DataOutputStream out, int kind, String text) throws IOException {
    out.writeByte(kind);
    MessageCodec.writeText(out, text);
  }

  private static void write(DataOutputStream out, String text, boolean cut) throws IOException {
    MessageCodec.writeText(out, text);
    out.writeBoolean(cut);
  }

  static Outcome read(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case ANSWERED -> new Outcome.Answered(in.readInt(), MessageCodec.text(in), in.readBoolean());
      case CONNECT_FAILED -> new Outcome.ConnectFailed(MessageCodec.text(in));
      case TIMED_OUT -> new Outcome.TimedOut(MessageCodec.text(in), in.readBoolean());
      case BROKEN -> new Outcome.Broken(MessageCodec.text(in));
      case DENIED -> new Outcome.Denied(MessageCodec.text(in));
      case UNSENDABLE -> new Outcome.Unsendable(MessageCodec.text(in));
      case WITHDRAWN -> new Outcome.Withdrawn();
      case ACCEPTED -> new Outcome.Accepted(MessageCodec.text(in));
      case EXITED -> new Outcome.Exited(in.readInt(), MessageCodec.text(in), in.readBoolean());
      case KILLED -> new Outcome.Killed(MessageCodec.text(in), in.readBoolean());
      default -> throw new IllegalArgumentException("no outcome is of kind " + kind);
    };
  }
}
