package io.xcron.grid;

import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.DurabilityCallback;
import java.util.ArrayList;
import java.util.List;

/** A replica's content and journal as its copy sees them. On the partition's thread. */
final class ReplicaStore implements CopyStore {
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private final NodeEngineImpl engine;
  private final Replica replica;
  private final PartitionJournal journal;
  private List<CopyEntry> staged = List.of();
  private boolean copyOpen;

  ReplicaStore(NodeEngineImpl engine, Replica replica) {
    this.engine = engine;
    this.replica = replica;
    this.journal = replica.journal();
  }

  @Override
  public void apply(CopyEntry entry, long epoch, long sequence) {
    replica.apply(entry, epoch, sequence);
    if (isShown()) {
      RecordStores.of(engine, replica.partition(), TaskMaps.NAMES).show(entry);
    }
  }

  @Override
  public void begin(long epoch) {
    journal.begin(epoch);
  }

  @Override
  public void seen(long epoch) {
    journal.seen(epoch);
  }

  @Override
  public void stage(long epoch) {
    staged = new ArrayList<>();
    copyOpen = true;
    journal.copyBegin(epoch);
  }

  @Override
  public void staged(List<CopyEntry> entries, long epoch, long sequence) {
    for (CopyEntry entry : entries) {
      journal.append(entry, epoch, sequence);
    }
    staged.addAll(entries);
  }

  @Override
  public void install(long epoch, long sequence) {
    journal.copyEnd(epoch, sequence);
    replica.replaceContent(staged);
    staged = List.of();
    copyOpen = false;
    show();
  }

  @Override
  public void rewrite(long epoch, long sequence) {
    journal.writeAnew(replica.entries(), epoch, sequence);
    copyOpen = false;
  }

  @Override
  public void release() {
    journal.drop();
    replica.replaceContent(List.of());
    copyOpen = false;
  }

  @Override
  public boolean journalWhole() {
    return !copyOpen && journal.whole();
  }

  @Override
  public boolean journalAccepts() {
    return journal.accepts();
  }

  @Override
  public boolean journalLacks() {
    return journal.lacks();
  }

  @Override
  public List<CopyEntry> entries() {
    return replica.entries();
  }

  @Override
  public long digest() {
    long sum = 0;
    for (CopyEntry entry : replica.entries()) {
      byte[] value = entry.value();
      long hash = hash(entry.map() + 1L, entry.key());
      sum += value == null ? hash : hash(hash, value);
    }
    return sum;
  }

  private static long hash(long seed, byte[] bytes) {
    long hash = seed;
    for (int at = Payload.CONTENT; at < bytes.length; at++) {
      hash = (hash ^ bytes[at]) * MIX;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  @Override
  public void whenDurable(DurabilityCallback callback) {
    journal.whenDurable(callback);
  }

  private void show() {
    if (isShown()) {
      RecordStores.of(engine, replica.partition(), TaskMaps.NAMES).showAll(replica);
    }
  }

  private boolean isShown() {
    return isShown(engine, replica.partition());
  }

  /** Whether Hazelcast has a replica of the partition on this member. */
  static boolean isShown(NodeEngineImpl engine, int partition) {
    return engine
        .getPartitionService()
        .getPartition(partition, false)
        .isOwnerOrBackup(engine.getThisAddress());
  }
}
