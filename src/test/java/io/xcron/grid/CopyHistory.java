package io.xcron.grid;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has happened in a story, and what follows from it: one version of a partition has one
 * content; each epoch goes on from one version of an older one, so that it can be told whether a
 * copy has a write; and what was acknowledged is seen by every read that begins later.
 */
final class CopyHistory {
  record Written(int partition, String key, @Nullable String value, Version version) {}

  private final Map<String, Long> digests = new HashMap<>();
  private final Map<String, Version> bases = new HashMap<>();
  private final List<Written> writes = new ArrayList<>();
  private final Map<String, Written> lastAcknowledged = new HashMap<>();
  private final Map<String, Written> byValue = new HashMap<>();

  /** An owner begins an epoch with this content. */
  void begun(int partition, long epoch, Version base) {
    bases.put(partition + ":" + epoch, base);
  }

  void wrote(Written written) {
    writes.add(written);
    if (written.value() != null) {
      byValue.put(written.value(), written);
    }
  }

  void acknowledged(Written written) {
    lastAcknowledged.merge(
        written.partition() + written.key(),
        written,
        (one, other) -> has(written.partition(), one.version(), other.version()) ? one : other);
  }

  /** The newest write of a key that was acknowledged before now. */
  @Nullable Written last(int partition, String key) {
    return lastAcknowledged.get(partition + key);
  }

  /** Whether a copy at one version has the write of another: not so if that was in a lost tail. */
  boolean has(int partition, @Nullable Version copy, Version write) {
    Version at = copy;
    while (at != null && at.epoch() > write.epoch()) {
      at = bases.get(partition + ":" + at.epoch());
    }
    return at != null && at.epoch() == write.epoch() && at.sequence() >= write.sequence();
  }

  /** Null, or in what way the version has another content than elsewhere. */
  @Nullable String differs(int partition, Version version, long digest) {
    Long known = digests.putIfAbsent(partition + ":" + version, digest);
    return known == null || known == digest
        ? null
        : "partition " + partition + " has two contents at " + version;
  }

  /** Null, or what is wrong with a value seen at a version after a write was acknowledged. */
  @Nullable String wrong(Written before, @Nullable String value, @Nullable Version at) {
    if (Objects.equals(value, before.value())) {
      return null;
    }
    boolean newer =
        writes.stream()
            .anyMatch(
                one ->
                    one.partition() == before.partition()
                        && one.key().equals(before.key())
                        && Objects.equals(one.value(), value)
                        && has(one.partition(), one.version(), before.version())
                        && has(one.partition(), at, one.version()));
    return newer ? null : "there is " + value + " at " + at + " after " + before;
  }
}
