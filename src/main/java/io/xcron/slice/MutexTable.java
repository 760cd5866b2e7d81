package io.xcron.slice;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The mutexes of one stripe of names that are held. Every change raises the version, so the table
 * never has the same value twice, and a change that comes late meets another value and fails.
 *
 * @param lastToken the greatest token given so far; kept when a mutex is free again, so that a free
 *     mutex takes no room
 */
public record MutexTable(long version, long lastToken, List<Hold> holds) {
  /** The most that are held at a time; more wait as if they were held by others. */
  public static final int MAX_HOLDS = 1_024;

  public static final MutexTable EMPTY = new MutexTable(0, 0, List.of());

  private static final int FORMAT = 1;

  public MutexTable {
    holds = List.copyOf(holds);
  }

  /**
   * One mutex and the run that holds it.
   *
   * @param epoch of the partition's owner that took it: of a later owner's time the run may be over
   * @param wanted whether a member without a claim of its own on it waits for it
   */
  public record Hold(
      String name,
      String task,
      long generation,
      long run,
      int partition,
      long epoch,
      long token,
      boolean wanted) {
    /** Whether it is held for the same run, by whichever owner of its task. */
    public boolean sameRun(Hold other) {
      return task.equals(other.task) && generation == other.generation && run == other.run;
    }

    public Hold asWanted() {
      return new Hold(name, task, generation, run, partition, epoch, token, true);
    }
  }

  /** Who holds a mutex; null for nobody. */
  public @Nullable Hold hold(String name) {
    for (Hold hold : holds) {
      if (hold.name().equals(name)) {
        return hold;
      }
    }
    return null;
  }

  byte[] toBytes() {
    try (var bytes = new ByteArrayOutputStream(32 + 96 * holds.size());
        var out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeLong(version);
      out.writeLong(lastToken);
      out.writeInt(holds.size());
      for (Hold hold : holds) {
        out.writeUTF(hold.name());
        out.writeUTF(hold.task());
        out.writeLong(hold.generation());
        out.writeLong(hold.run());
        out.writeInt(hold.partition());
        out.writeLong(hold.epoch());
        out.writeLong(hold.token());
        out.writeBoolean(hold.wanted());
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("a table of mutexes could not be written", e);
    }
  }

  /**
   * @throws IllegalArgumentException if this is no table, or of another format
   */
  static MutexTable read(byte[] array) {
    try (var in = new DataInputStream(new ByteArrayInputStream(array))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalArgumentException("not a table of mutexes of format " + FORMAT);
      }
      long version = in.readLong();
      long lastToken = in.readLong();
      List<Hold> holds = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        holds.add(
            new Hold(
                in.readUTF(),
                in.readUTF(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readBoolean()));
      }
      return new MutexTable(version, lastToken, holds);
    } catch (IOException e) {
      throw new IllegalArgumentException("a table of mutexes that ends early", e);
    }
  }
}
