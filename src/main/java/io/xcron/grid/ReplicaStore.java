package io.xcron.grid;

import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.AppendLog;
import io.xcron.journal.Durability;
import io.xcron.journal.DurabilityCallback;
import java.util.ArrayList;
import java.util.List;

/** A replica's content and journal as its copy sees them. On the partition's thread. */
final class ReplicaStore implements CopyStore {
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private final NodeEngineImpl engine;
  private final AppendLog journal;
  private final Replica replica;
  private List<CopyEntry> staged = List.of();
  private boolean copyOpen;

  ReplicaStore(NodeEngineImpl engine, AppendLog journal, Replica replica) {
    this.engine = engine;
    this.journal = journal;
    this.replica = replica;
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
    replica.appendEpoch(epoch);
  }

  @Override
  public void seen(long epoch) {
    replica.appended(journal.epoch(replica.partition(), epoch));
  }

  @Override
  public void stage(long epoch) {
    staged = new ArrayList<>();
    copyOpen = true;
    replica.appended(journal.copyBegin(replica.partition(), epoch));
  }

  @Override
  public void staged(List<CopyEntry> entries, long epoch, long sequence) {
    for (CopyEntry entry : entries) {
      replica.append(entry, epoch, sequence);
    }
    staged.addAll(entries);
  }

  @Override
  public void install(long epoch, long sequence) {
    replica.copyWritten(journal.copyEnd(replica.partition(), epoch, sequence));
    replica.replaceContent(staged);
    staged = List.of();
    copyOpen = false;
    show();
  }

  @Override
  public void rewrite(long epoch) {
    replica.writeCopyAnew(epoch, 0);
    copyOpen = false;
  }

  @Override
  public void release() {
    replica.appended(journal.drop(replica.partition()));
    replica.replaceContent(List.of());
    copyOpen = false;
  }

  @Override
  public boolean journalWhole() {
    return !copyOpen && !replica.behind() && journal.state().accepts();
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
    Long position = replica.position();
    if (!journal.state().accepts()) {
      callback.ended(Durability.REFUSED);
    } else if (position == null) {
      callback.ended(Durability.DURABLE);
    } else {
      journal.whenDurable(position, callback);
    }
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
