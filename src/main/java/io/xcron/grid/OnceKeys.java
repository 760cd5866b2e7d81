package io.xcron.grid;

import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.Progress;
import io.xcron.model.TaskChange;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The idempotency keys of one partition: a creation that is sent again under its key is answered as
 * at first, and done once. They lie in a map beside the tasks and are replicated like these. Called
 * on the partition's thread.
 *
 * @param replica whose keys they are
 */
record OnceKeys(Replica replica) {
  /** How long a key is remembered (contract, promise 4). */
  static final Duration KEPT = Duration.ofHours(24);

  /**
   * Creates the task, or answers what the same creation came to before. Without a creation a key
   * that is not known is not found.
   */
  TaskGrid.Creation create(
      String id,
      String key,
      TaskChange.@Nullable Create create,
      byte[] digest,
      Grant grant,
      long nowMillis,
      PartitionStore store) {
    byte[] entry = Payload.key(nameOf(id, key));
    TaskGrid.Creation known = known(entry, digest, nowMillis);
    if (known != null) {
      return known;
    }
    if (create == null) {
      return new TaskGrid.Creation.Refused(Change.Refusal.NOT_FOUND);
    }
    return switch (replica.write(id, create, grant, nowMillis, store)) {
      case Change.Applied.Stored stored -> {
        OnceRecord record =
            OnceRecord.of(
                digest,
                stored.record().createdMillis(),
                stored.record().nextMillis(),
                stored.record().generation(),
                nowMillis + KEPT.toMillis());
        remember(entry, record, grant, store);
        yield new TaskGrid.Creation.Created(
            record.createdMillis(), record.nextMillis(), record.generation());
      }
      case Change.Applied.Refused refused -> new TaskGrid.Creation.Refused(refused.reason());
      case Change.Applied.Unchanged unchanged ->
          throw new IllegalStateException("a creation stores or is refused");
      case Change.Applied.Removed removed ->
          throw new IllegalStateException("a creation removes nothing");
    };
  }

  /**
   * Takes a key for one body, if it is not taken for another: what lies under the key's own name is
   * the same for all ids that may come with it. The creation that follows is remembered beside its
   * task. If it never comes the key stays taken, and a repeat goes on to it.
   */
  TaskGrid.Creation take(
      String key, byte[] digest, Grant grant, long nowMillis, PartitionStore store) {
    byte[] entry = Payload.key(key);
    TaskGrid.Creation known = known(entry, digest, nowMillis);
    if (known != null) {
      return known;
    }
    remember(
        entry,
        OnceRecord.of(digest, nowMillis, Progress.NEVER, 0, nowMillis + KEPT.toMillis()),
        grant,
        store);
    return new TaskGrid.Creation.Created(nowMillis, Progress.NEVER, 0);
  }

  /** What the key came to; null when it is as new. */
  private TaskGrid.@Nullable Creation known(byte[] entry, byte[] digest, long nowMillis) {
    byte[] value = replica.value(Replica.ONCE_KEYS, entry);
    OnceRecord once = value == null ? null : OnceRecord.read(value);
    if (once == null || once.expiresMillis() <= nowMillis) {
      return null;
    }
    return once.sameBody(digest)
        ? new TaskGrid.Creation.Created(once.createdMillis(), once.nextMillis(), once.generation())
        : new TaskGrid.Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH);
  }

  private void remember(byte[] entry, OnceRecord record, Grant grant, PartitionStore store) {
    byte[] content = record.toBytes();
    byte[] value = Payload.value(content, 0, content.length);
    replica.writeSide(new CopyEntry(Replica.ONCE_KEYS, entry, value), grant, store);
  }

  /** An id that is the key's own names it; else both do: no id has a space. */
  private static String nameOf(String id, String key) {
    return id.equals(key) ? id : id + " " + key;
  }

  /**
   * Forgets keys whose time is over, at most so many; the others go with a later call. Answers how
   * many it forgot.
   */
  int forget(int limit, Grant grant, long nowMillis, PartitionStore store) {
    int forgotten = 0;
    for (CopyEntry entry : replica.entries(Replica.ONCE_KEYS)) {
      byte[] once = entry.value();
      boolean over = once != null && OnceRecord.read(once).expiresMillis() <= nowMillis;
      if (over && forgotten < limit) {
        replica.writeSide(new CopyEntry(Replica.ONCE_KEYS, entry.key(), null), grant, store);
        forgotten++;
      }
    }
    return forgotten;
  }
}
