package io.xcron.model;

import java.util.ArrayList;
import java.util.List;

/**
 * What binds a task to others: the tasks that run after it, its ends of which they are still to be
 * told, and the end of another task that it has been told of last. Ends are told at least once, in
 * order, and heard once.
 *
 * @param followers the tasks that run after this one
 * @param ends its ends that are still to be told, in order
 * @param lastEnd the sequence number of its latest end; counts on only while there are followers
 * @param heardGeneration of the task that this one runs after; 0 for nothing heard
 * @param heardEnd the sequence number of that task's end that was heard last
 */
public record Chain(
    List<Follower> followers, List<End> ends, long lastEnd, long heardGeneration, long heardEnd) {
  /** The most tasks that may run after one. A further one is refused. */
  public static final int MAX_FOLLOWERS = 64;

  /**
   * The most ends that wait to be told. So many wait only when a follower's partition cannot be
   * written for as many runs; further ends are let go until it can.
   */
  public static final int MAX_ENDS = 64;

  /** One that is not there so long after it came is forgotten: its own write is over by then. */
  public static final long GONE_AFTER_MILLIS = 60_000;

  public static final Chain NONE = new Chain(List.of(), List.of(), 0, 0, 0);

  /**
   * A task that runs after this one; its own definition says after which ends.
   *
   * @param sinceMillis when it came; one that is not there a while later is forgotten
   * @param fromEnd it is told of ends after this one
   */
  public record Follower(String id, long sinceMillis, long fromEnd) {}

  /** A run has ended. */
  public record End(long sequence, RunOutcome outcome, long endMillis) {}

  public Chain {
    followers = List.copyOf(followers);
    ends = List.copyOf(ends);
  }

  boolean isNone() {
    return equals(NONE);
  }

  boolean hasFollower(String id) {
    return followers.stream().anyMatch(follower -> follower.id().equals(id));
  }

  Chain followedBy(String id, long nowMillis) {
    List<Follower> more = new ArrayList<>(followers);
    more.add(new Follower(id, nowMillis, lastEnd));
    return new Chain(more, ends, lastEnd, heardGeneration, heardEnd);
  }

  /** With an end to be told, if anybody is to be told and there is room. */
  Chain ended(LastRun run) {
    boolean ran = run.outcome().delivered();
    if (!ran || followers.isEmpty() || ends.size() >= MAX_ENDS) {
      return this;
    }
    List<End> more = new ArrayList<>(ends);
    more.add(new End(lastEnd + 1, run.outcome(), run.endMillis()));
    return new Chain(followers, more, lastEnd + 1, heardGeneration, heardEnd);
  }

  /** The follower is there now. */
  Chain stays(String id, long nowMillis) {
    return new Chain(
        followers.stream()
            .map(one -> one.id().equals(id) ? new Follower(id, nowMillis, one.fromEnd()) : one)
            .toList(),
        ends,
        lastEnd,
        heardGeneration,
        heardEnd);
  }

  /**
   * All ends up to this one have been told; those followers are no more, but for who has come since
   * they were asked.
   */
  Chain told(long throughEnd, List<String> gone, long nowMillis) {
    return new Chain(
        followers.stream()
            .filter(
                one ->
                    !gone.contains(one.id()) || nowMillis - one.sinceMillis() <= GONE_AFTER_MILLIS)
            .toList(),
        ends.stream().filter(end -> end.sequence() > throughEnd).toList(),
        lastEnd,
        heardGeneration,
        heardEnd);
  }

  /** A later creation of a task under the same id has a larger generation. */
  boolean hasHeard(long generation, long end) {
    return generation < heardGeneration || (generation == heardGeneration && end <= heardEnd);
  }

  Chain hearing(long generation, long end) {
    return new Chain(followers, ends, lastEnd, generation, end);
  }

  void writeTo(ByteSink sink) {
    sink.putUnsigned(lastEnd);
    sink.putUnsigned(heardGeneration);
    sink.putUnsigned(heardEnd);
    sink.putUnsigned(followers.size());
    for (Follower follower : followers) {
      sink.putText(follower.id());
      sink.putSigned(follower.sinceMillis());
      sink.putUnsigned(follower.fromEnd());
    }
    sink.putUnsigned(ends.size());
    for (End end : ends) {
      sink.putUnsigned(end.sequence());
      sink.putByte(end.outcome().code());
      sink.putSigned(end.endMillis());
    }
  }

  static Chain readFrom(ByteSource source) {
    long lastEnd = source.getUnsigned();
    long heardGeneration = source.getUnsigned();
    long heardEnd = source.getUnsigned();
    int count = source.getCount();
    List<Follower> followers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      followers.add(new Follower(source.getText(), source.getSigned(), source.getUnsigned()));
    }
    count = source.getCount();
    List<End> ends = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ends.add(
          new End(source.getUnsigned(), RunOutcome.ofCode(source.getByte()), source.getSigned()));
    }
    return new Chain(followers, ends, lastEnd, heardGeneration, heardEnd);
  }
}
