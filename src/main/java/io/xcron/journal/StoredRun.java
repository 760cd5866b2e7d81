package io.xcron.journal;

import java.util.Arrays;

/** A record as it is stored: what it is sorted by, and bytes whose meaning the store ignores. */
public final class StoredRun {
  private final int partition;
  private final long task;
  private final long generation;
  private final long number;
  private final long sequence;
  private final byte[] payload;

  private StoredRun(byte[] frame, int at) {
    partition = RunFrames.partition(frame, at);
    task = RunFrames.task(frame, at);
    generation = RunFrames.generation(frame, at);
    number = RunFrames.number(frame, at);
    sequence = RunFrames.sequence(frame, at);
    payload = Arrays.copyOfRange(frame, at + RunFrames.HEADER, at + RunFrames.length(frame, at));
  }

  static StoredRun of(byte[] frame, int at) {
    return new StoredRun(frame, at);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IllegalArgumentException if that was not so
   */
  public static StoredRun read(byte[] bytes, int at) {
    if (at < 0 || bytes.length - at < RunFrames.HEADER) {
      throw new IllegalArgumentException("a stored run breaks off");
    }
    int length = RunFrames.length(bytes, at);
    if (length < RunFrames.HEADER
        || length > bytes.length - at
        || length > RunFrames.HEADER + RunFrames.MAX_PAYLOAD
        || RunFrames.partition(bytes, at) < 0) {
      throw new IllegalArgumentException("these bytes are no stored run");
    }
    return new StoredRun(bytes, at);
  }

  /** How many bytes {@link #write} takes. */
  public int length() {
    return RunFrames.HEADER + payload.length;
  }

  /** Writes it as it goes from member to member; the array must have room. */
  public void write(byte[] to, int at) {
    RunFrames.write(to, at, partition, task, generation, number, sequence, payload);
  }

  public int partition() {
    return partition;
  }

  /** The hash of the task's id. */
  public long task() {
    return task;
  }

  public long generation() {
    return generation;
  }

  public long number() {
    return number;
  }

  /** Grows within the partition, with gaps. */
  public long sequence() {
    return sequence;
  }

  /** Not to be changed. */
  public byte[] payload() {
    return payload;
  }
}
