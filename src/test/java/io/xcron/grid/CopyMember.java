package io.xcron.grid;

import static io.xcron.grid.CopySimulation.MS;
import static io.xcron.grid.CopySimulation.PARTITIONS;

import io.xcron.model.Title;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** One simulated member: its disks stay when it crashes, and its next start is somebody else. */
final class CopyMember {
  private static final long GRANT = 900 * MS;
  private static final long WAIT = 1_000 * MS;
  private static final long POLL = 100 * MS;
  private static final long LEAVING = 10_000 * MS;

  final CopySimulation simulation;
  final int index;
  final List<SimStore> stores = new ArrayList<>();
  final List<PartitionCopies> copies = new ArrayList<>();
  UUID id;
  boolean alive;

  /** Neither members nor the ledger are reached; it goes on believing what it saw before. */
  boolean cut;

  /** Its clients only read: an owner that was replaced has no write that would hold answers up. */
  boolean readsOnly;

  long slowUntilNanos;

  /** The ledger alone is not reached. */
  long blindUntilNanos;

  /** Until then its disk takes nothing. */
  private long badDiskUntilNanos;

  /** It was told to leave in order: Hazelcast gives its partitions to others. */
  boolean leaving;

  /** Its process has ended in order, and everybody was told. */
  boolean left;

  long leftNanos;
  private final Map<Integer, Title> titles = new HashMap<>();
  private final Map<Integer, Long> namedNanos = new HashMap<>();
  private final Map<Integer, Long> released = new HashMap<>();
  private long grantUntilNanos;
  private long nextReadNanos;
  private long nextTickNanos;
  private long nextSyncNanos;
  private long leavingUntilNanos;

  /** The newest for each member of a partition; kept until carried out. */
  private final Map<String, Runnable> wishes = new LinkedHashMap<>();

  private int permits = 2;
  private int life;

  CopyMember(CopySimulation simulation, int index) {
    this.simulation = simulation;
    this.index = index;
    this.id = new UUID(index, 0);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      stores.add(new SimStore());
    }
  }

  void start() {
    if (alive) {
      return;
    }
    alive = true;
    cut = false;
    readsOnly = false;
    leaving = false;
    left = false;
    life++;
    note("starts");
    id = new UUID(index, life);
    copies.clear();
    titles.clear();
    namedNanos.clear();
    released.clear();
    wishes.clear();
    permits = 2;
    grantUntilNanos = simulation.nowNanos();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      SimStore store = stores.get(partition);
      LocalCopy local = PlantedFault.local(partition, store, simulation.faults);
      SimStore.Found found = store.durably();
      local.recovered(found.version, found.highest);
      copies.add(PlantedFault.copies(partition, this, local, new World(partition)));
    }
  }

  void crash() {
    if (alive) {
      note("crashes");
      alive = false;
      stores.forEach(store -> store.crash(simulation.random));
    }
  }

  /** The disk takes nothing for a while, whatever becomes of the process. */
  void badDisk(long nanos) {
    note("has a bad disk");
    badDiskUntilNanos = simulation.nowNanos() + nanos;
    stores.forEach(store -> store.bad(true));
  }

  boolean keepsNothing() {
    return badDiskUntilNanos != 0;
  }

  /** Begins to leave in order: as ClusterCopies.awaitHandedOver, then the process ends. */
  void leave() {
    if (alive && !cut && !leaving) {
      note("is to leave");
      leaving = true;
      leavingUntilNanos = simulation.nowNanos() + LEAVING;
    }
  }

  private boolean handedOver() {
    Set<UUID> living = simulation.livingSeenBy(this);
    return titles.values().stream()
        .noneMatch(
            title ->
                title.owner().equals(id)
                    && title.inSync().stream().anyMatch(m -> !m.equals(id) && living.contains(m)));
  }

  private void end() {
    note("has left");
    stores.forEach(SimStore::sync);
    stores.forEach(store -> store.crash(simulation.random));
    alive = false;
    left = true;
    leftNanos = simulation.nowNanos();
  }

  void step() {
    long now = simulation.nowNanos();
    if (!alive || now < slowUntilNanos) {
      return;
    }
    if (leaving && !titles.isEmpty() && (handedOver() || now > leavingUntilNanos)) {
      end();
      return;
    }
    if (keepsNothing() && now >= badDiskUntilNanos) {
      note("has a good disk again");
      badDiskUntilNanos = 0;
      stores.forEach(store -> store.bad(false));
    }
    if (now >= nextSyncNanos) {
      nextSyncNanos = now + simulation.random.nextInt(25) * MS;
      stores.forEach(SimStore::sync);
    }
    if (now >= nextReadNanos) {
      nextReadNanos = now + POLL;
      wish();
      readLedger();
    }
    if (now >= nextTickNanos) {
      nextTickNanos = now + 50 * MS;
      Set<UUID> living = simulation.livingSeenBy(this);
      for (int partition = 0; partition < PARTITIONS; partition++) {
        List<UUID> replicas = simulation.replicasSeenBy(this, partition);
        copies.get(partition).tick(titles.get(partition), replicas, living, now);
      }
    }
  }

  private boolean reachesLedger() {
    return !cut && simulation.majority() && simulation.nowNanos() >= blindUntilNanos;
  }

  /** Carries the wishes out in one change, if the ledger is still the one that was read. */
  private void wish() {
    if (!reachesLedger() || wishes.isEmpty()) {
      return;
    }
    SimLedger ledger = simulation.ledger;
    long read = ledger.slice();
    int lifeThen = life;
    simulation.at(
        simulation.random.nextInt(60) * MS,
        () -> {
          if (alive && life == lifeThen && ledger.slice() == read) {
            wishes.values().forEach(Runnable::run);
            note("changed the ledger: " + wishes.keySet());
            wishes.clear();
          }
        });
  }

  private void readLedger() {
    if (!reachesLedger()) {
      return;
    }
    long issued = simulation.nowNanos();
    int lifeThen = life;
    // The answer is of some time on its way; the grant counts from before the question.
    Map<Integer, Title> read = new HashMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      Title title = simulation.ledger.title(partition);
      if (title != null) {
        read.put(partition, title);
      }
    }
    simulation.at(
        simulation.random.nextInt(40) * MS,
        () -> {
          if (alive && life == lifeThen) {
            took(read, issued);
          }
        });
  }

  private void took(Map<Integer, Title> read, long issued) {
    if (issued + GRANT < grantUntilNanos) {
      return;
    }
    grantUntilNanos = issued + GRANT;
    read.forEach(
        (partition, title) -> {
          Title before = titles.put(partition, title);
          if (!title.equals(before)) {
            note("reads " + title);
            nextTickNanos = Math.min(nextTickNanos, simulation.nowNanos());
          }
          if (before == null || before.epoch() != title.epoch()) {
            namedNanos.put(partition, simulation.nowNanos());
          }
        });
    titles.keySet().retainAll(read.keySet());
  }

  boolean granted(int partition, long epoch) {
    Title title = titles.get(partition);
    long now = simulation.nowNanos();
    return title != null
        && now < grantUntilNanos
        && title.owner().equals(id)
        && title.epoch() == epoch
        && released.getOrDefault(partition, 0L) < epoch
        && (title.clean() || now >= namedNanos.getOrDefault(partition, 0L) + WAIT);
  }

  private void note(String what) {
    simulation.note(index + " " + what);
  }

  /** The way of one partition's copies to the rest. */
  final class World implements CopyLeader.World, PartitionCopies.Acting {
    private final int partition;
    private final UUID from = id;
    private boolean acting;
    private boolean draining;
    private boolean idle;
    private long drainingSinceNanos;

    World(int partition) {
      this.partition = partition;
    }

    @Override
    public void send(UUID to, CopyMessage message) {
      simulation.transmit(CopyMember.this, from, to, message);
    }

    @Override
    public boolean granted(long epoch, long now) {
      return CopyMember.this.granted(partition, epoch);
    }

    @Override
    public boolean takeCopyPermit() {
      if (permits == 0) {
        return false;
      }
      permits--;
      return true;
    }

    @Override
    public void giveCopyPermit() {
      permits++;
    }

    @Override
    public void add(long epoch, UUID member) {
      note("asks to add " + member + " to " + partition + " in " + epoch);
      wish(
          partition + ":" + member,
          () -> {
            // As the keeper does: a member that is not seen to live is not added.
            if (simulation.livingSeenBy(CopyMember.this).contains(member)) {
              simulation.ledger.add(partition, epoch, member);
            }
          });
    }

    @Override
    public void drop(long epoch, UUID member) {
      note("asks to drop " + member + " from " + partition + " in " + epoch);
      wish(partition + ":" + member, () -> simulation.ledger.drop(partition, epoch, member));
    }

    @Override
    public void release(long epoch) {
      boolean patient = simulation.nowNanos() - drainingSinceNanos < 600 * MS;
      if (acting && (!draining || (patient && !idle))) {
        throw simulation.broken("partition " + partition + " released with work under way");
      }
      released.put(partition, epoch);
      wish(partition + ":", () -> releaseNow(epoch));
    }

    private void releaseNow(long epoch) {
      List<UUID> replicas = simulation.replicasSeenBy(CopyMember.this, partition);
      UUID primary = replicas.isEmpty() ? id : replicas.getFirst();
      simulation.ledger.release(partition, epoch, primary, simulation.reachable());
    }

    /** The keeper is woken by every wish. */
    private void wish(String what, Runnable change) {
      wishes.put(what, change);
      nextReadNanos = Math.min(nextReadNanos, simulation.nowNanos() + 5 * MS);
    }

    @Override
    public void wake() {
      nextTickNanos = Math.min(nextTickNanos, simulation.nowNanos() + MS);
    }

    @Override
    public boolean open(long epoch) {
      if (acting) {
        throw simulation.broken("opened twice");
      }
      acting = true;
      draining = false;
      idle = false;
      simulation.opened++;
      return true;
    }

    @Override
    public boolean stopAtRest() {
      return simulation.random.nextInt(3) == 0;
    }

    @Override
    public void drain() {
      draining = true;
      drainingSinceNanos = simulation.nowNanos();
    }

    @Override
    public boolean idle() {
      idle = simulation.random.nextInt(4) != 0;
      return idle;
    }

    @Override
    public void close() {
      acting = false;
    }
  }
}
