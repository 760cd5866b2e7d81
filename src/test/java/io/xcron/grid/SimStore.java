package io.xcron.grid;

import io.xcron.journal.Durability;
import io.xcron.journal.DurabilityCallback;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One partition's memory and disk of a simulated member; a crash loses what was not synced. While
 * the disk is bad nothing is appended, and what is missing then keeps out what follows, as in the
 * journal, until a whole copy is written.
 */
final class SimStore implements CopyStore {
  private sealed interface Frame {
    record Put(CopyEntry entry, Version version) implements Frame {}

    record Begin(long epoch) implements Frame {}

    record Seen(long epoch) implements Frame {}

    record CopyBegin(long epoch) implements Frame {}

    record CopyEnd(Version version) implements Frame {}

    record Drop() implements Frame {}

    /** The process began: a copy that was not finished is void. */
    record Start() implements Frame {}
  }

  private record Waiting(int position, DurabilityCallback callback) {}

  private List<Frame> disk = new ArrayList<>();
  private int durable;
  private final List<Waiting> waiting = new ArrayList<>();
  private TreeMap<String, byte[]> memory = new TreeMap<>();
  private TreeMap<String, byte[]> staged = new TreeMap<>();
  private boolean copyOpen;
  private boolean bad;

  /** Something is missing on the disk, or in the copy that is being written to it. */
  private boolean hole;

  /** The disk lacks something that the memory has. */
  private boolean behind;

  /** Of the memory; null when that has changed since. */
  private @Nullable Long digest;

  @Override
  public void apply(CopyEntry entry, long epoch, long sequence) {
    digest = null;
    change(memory, entry);
    put(new Frame.Put(entry, new Version(epoch, sequence)));
  }

  /** An entry, or what is kept as one. */
  private void put(Frame frame) {
    hole |= bad;
    behind |= hole;
    if (!hole) {
      disk.add(frame);
    }
  }

  private void copyBegin(long epoch) {
    hole = bad;
    behind |= bad;
    if (!bad) {
      disk.add(new Frame.CopyBegin(epoch));
    }
  }

  private void copyEnd(Version version) {
    hole |= bad;
    behind = hole;
    if (!hole) {
      disk.add(new Frame.CopyEnd(version));
    }
  }

  @Override
  public void begin(long epoch) {
    put(new Frame.Begin(epoch));
  }

  @Override
  public void seen(long epoch) {
    if (!bad) {
      disk.add(new Frame.Seen(epoch));
    }
  }

  @Override
  public void stage(long epoch) {
    staged = new TreeMap<>();
    copyOpen = true;
    copyBegin(epoch);
  }

  @Override
  public void staged(List<CopyEntry> entries, long epoch, long sequence) {
    for (CopyEntry entry : entries) {
      change(staged, entry);
      put(new Frame.Put(entry, new Version(epoch, sequence)));
    }
  }

  @Override
  public void install(long epoch, long sequence) {
    memory = staged;
    digest = null;
    staged = new TreeMap<>();
    copyOpen = false;
    copyEnd(new Version(epoch, sequence));
  }

  @Override
  public void rewrite(long epoch, long sequence) {
    copyBegin(epoch);
    for (CopyEntry entry : entries()) {
      put(new Frame.Put(entry, new Version(epoch, sequence)));
    }
    copyEnd(new Version(epoch, sequence));
    copyOpen = false;
  }

  @Override
  public void release() {
    memory = new TreeMap<>();
    digest = null;
    copyOpen = false;
    behind |= bad;
    if (!bad) {
      hole = false;
      disk.add(new Frame.Drop());
    }
  }

  @Override
  public boolean journalWhole() {
    return !copyOpen && !behind;
  }

  @Override
  public boolean journalAccepts() {
    return !bad;
  }

  @Override
  public boolean journalLacks() {
    return behind && !bad;
  }

  /** From now on the disk takes nothing, or takes again. */
  void bad(boolean isBad) {
    bad = isBad;
    if (bad) {
      // What was appended is kept for the recovery; nobody can say so before that.
      List<Waiting> told = List.copyOf(waiting);
      waiting.clear();
      told.forEach(one -> one.callback().ended(Durability.UNKNOWN));
    }
  }

  @Override
  public List<CopyEntry> entries() {
    List<CopyEntry> all = new ArrayList<>();
    memory.forEach((key, value) -> all.add(new CopyEntry(0, bytes(key), value)));
    return all;
  }

  @Override
  public long digest() {
    Long known = digest;
    if (known == null) {
      known = digest(memory);
      digest = known;
    }
    return known;
  }

  static long digest(Map<String, byte[]> content) {
    long sum = 0;
    for (Map.Entry<String, byte[]> entry : content.entrySet()) {
      sum += (entry.getKey() + "=" + text(entry.getValue())).hashCode() * 0x9E3779B97F4A7C15L;
    }
    return sum;
  }

  @Override
  public void whenDurable(DurabilityCallback callback) {
    if (bad || behind) {
      callback.ended(Durability.REFUSED);
    } else if (durable >= disk.size()) {
      callback.ended(Durability.DURABLE);
    } else {
      waiting.add(new Waiting(disk.size(), callback));
    }
  }

  /** A group commit. */
  void sync() {
    if (bad) {
      return;
    }
    durable = disk.size();
    List<Waiting> told = List.copyOf(waiting);
    waiting.clear();
    told.forEach(one -> one.callback().ended(Durability.DURABLE));
  }

  /** The process ends: of what was not synced, some may be on the disk. */
  void crash(RandomGenerator random) {
    int kept = durable + random.nextInt(disk.size() - durable + 1);
    disk = new ArrayList<>(disk.subList(0, kept));
    disk.add(new Frame.Start());
    durable = disk.size();
    waiting.clear();
    copyOpen = false;
    hole = false;
    behind = false;
    staged = new TreeMap<>();
    memory = new TreeMap<>(onDisk(disk.size()).content);
    digest = null;
  }

  /** What a journal would find of its first frames. */
  private Found onDisk(int frames) {
    Found found = new Found();
    TreeMap<String, byte[]> copy = null;
    for (Frame frame : disk.subList(0, frames)) {
      switch (frame) {
        case Frame.Put put -> {
          change(copy != null ? copy : found.content, put.entry());
          if (copy == null) {
            found.version = put.version();
          }
          found.seen(put.version().epoch());
        }
        case Frame.Begin begin -> {
          found.version = new Version(begin.epoch(), 0);
          found.seen(begin.epoch());
        }
        case Frame.Seen seen -> found.seen(seen.epoch());
        case Frame.CopyBegin begin -> {
          copy = new TreeMap<>();
          found.seen(begin.epoch());
        }
        case Frame.CopyEnd end -> {
          found.content = copy == null ? new TreeMap<>() : copy;
          found.version = end.version();
          copy = null;
        }
        case Frame.Start start -> copy = null;
        case Frame.Drop drop -> {
          found.version = null;
          found.content = new TreeMap<>();
          copy = null;
        }
      }
    }
    return found;
  }

  static final class Found {
    @Nullable Version version;
    long highest;
    TreeMap<String, byte[]> content = new TreeMap<>();

    private void seen(long epoch) {
      highest = Math.max(highest, epoch);
    }
  }

  /** What would be found after a crash now that loses all it can. */
  Found durably() {
    return onDisk(durable);
  }

  @Nullable String value(String key) {
    byte[] value = memory.get(key);
    return value == null ? null : text(value);
  }

  private static void change(Map<String, byte[]> content, CopyEntry entry) {
    byte[] value = entry.value();
    if (value == null) {
      content.remove(text(entry.key()));
    } else {
      content.put(text(entry.key()), value);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
