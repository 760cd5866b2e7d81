package io.xcron.slice;

import static io.xcron.slice.SimWorld.MILLI;
import static io.xcron.slice.SimWorld.PARTITIONS;

import io.xcron.model.Grant;
import io.xcron.model.Title;
import io.xcron.slice.SliceProtocol.Call;
import io.xcron.slice.SliceProtocol.Move;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One start of a member in a simulated cluster: it drives the real protocol, and stands in for the
 * grid: acts, writes, copies and releases, with journals that answer at once.
 */
final class SimMember implements ClusterSight {
  private static final long TIMEOUT = 400 * MILLI;
  private static final long SLICES_AHEAD = 30;

  final SimWorld world;
  final int machine;
  final SimWorld.Disk disk;
  final UUID start;
  final Set<UUID> view = new LinkedHashSet<>();
  final SliceProtocol protocol;
  final JournalReport report;
  boolean alive = true;
  private final double rate;
  private final long wallOffsetMillis;
  private final int[] pending = new int[PARTITIONS];
  private final long[] adopted = new long[PARTITIONS];
  private final List<Map<UUID, Candidate>> candidates = new ArrayList<>();
  private long pausedUntil;
  private long monoAt;
  private long mono;
  private boolean suspended;
  private long calls;
  private long busyUntil;
  private long appended;
  private long written;
  long cutUntil;

  /** For how long it hangs when the next answer has come but is not yet looked at; 0 for not. */
  long hangsAtAnswer;

  /** A member that gets a copy: for which epoch, and when the owner gave it up, if it did. */
  private record Candidate(long epoch, long givenUpAtSlice) {}

  SimMember(SimWorld world, int machine) {
    this.world = world;
    this.machine = machine;
    this.disk = world.disks[machine];
    this.start = world.uuid();
    this.rate = 1 + (world.random.nextDouble() * 2 - 1) * world.faults.drift();
    this.wallOffsetMillis = world.random.nextInt(60) - 30L;
    this.mono = world.random.nextLong() >> 8;
    this.monoAt = world.now;
    this.busyUntil = mono;
    this.report =
        new JournalReport(
            start, disk.journal, disk.sliceLimit, disk.seats, List.of(disk.copies.clone()));
    this.protocol =
        new SliceProtocol(
            new SliceConfig(
                start,
                disk.journal,
                world.configuredOf(machine),
                PARTITIONS,
                disk.sliceLimit,
                disk.seats),
            this,
            world.faults.rules().get(),
            new Reservations(SLICES_AHEAD, false, mono));
    for (int p = 0; p < PARTITIONS; p++) {
      candidates.add(new HashMap<>());
    }
  }

  void begin() {
    later(world.between(0, 100), this::poll);
    later(world.between(0, 40), this::work);
  }

  long nanoTime() {
    return mono + (suspended ? 0 : (long) ((world.now - monoAt) * rate));
  }

  long wallMillis() {
    return (world.wallsStandStill ? 1_000_000 : world.now / MILLI) + wallOffsetMillis;
  }

  @Nullable Grant grant(int partition) {
    return protocol.grant(partition, nanoTime(), wallMillis());
  }

  /** The process stops; with the machine its monotonic clock stops too. */
  void pause(long nanos, boolean machineToo) {
    if (world.now + nanos <= pausedUntil) {
      return;
    }
    pausedUntil = world.now + nanos;
    if (machineToo && !suspended && !world.wallsStandStill) {
      mono = nanoTime();
      suspended = true;
      world.after(
          nanos,
          () -> {
            suspended = false;
            monoAt = world.now;
          });
    }
  }

  boolean paused() {
    return world.now < pausedUntil;
  }

  /** After a time of this member's clock, if it still lives then, and not while it is paused. */
  private void later(long localNanos, Runnable action) {
    world.after((long) (localNanos / rate), () -> act(action));
  }

  private void act(Runnable action) {
    if (!alive) {
      return;
    }
    if (world.now < pausedUntil) {
      world.after(pausedUntil - world.now, () -> act(action));
      return;
    }
    if (!world.quiet && world.chance(world.faults.pause())) {
      pause(world.between(1, world.chance(0.2) ? 4_000 : 300), world.chance(0.2));
      act(action);
      return;
    }
    action.run();
  }

  /** How long a message takes; negative if it never comes. */
  private long travel() {
    if (world.now < cutUntil) {
      return -1;
    }
    if (!world.quiet && world.chance(world.faults.lost())) {
      return -1;
    }
    boolean slow = !world.quiet && world.chance(world.faults.slow());
    long slowest = world.chance(0.2) ? 2_000 : 400;
    long time = slow ? world.between(5, slowest) : MILLI / 4 + world.between(0, 1);
    return world.now < world.storeDownUntil ? world.storeDownUntil - world.now + time : time;
  }

  private Call issue() {
    return new Call(nanoTime(), wallMillis(), wallMillis() + protocol.aheadMillis(), 0);
  }

  private Call answered(Call call) {
    return new Call(call.issuedNanos(), call.issuedWallMillis(), call.clusterMillis(), nanoTime());
  }

  private void poll() {
    Reservations.Wanted wanted =
        protocol.toReserve(nanoTime(), wallMillis() + protocol.aheadMillis());
    if (wanted != null) {
      long order = ++appended;
      boolean stalls = !world.quiet && world.chance(world.faults.stalls());
      world.after(
          stalls ? world.between(100, 8_000) : world.between(1, 5),
          () -> {
            // A log keeps its order: what is written later counts, and proves what came before.
            if (alive && order > written) {
              written = order;
              disk.sliceLimit = Math.max(disk.sliceLimit, wanted.sliceLimit());
              disk.seats = wanted.seats();
              protocol.reservations().durable(wanted);
            }
          });
    }
    if (nanoTime() - busyUntil >= 0) {
      read(0);
    }
    later(SliceKeeper.POLL.toNanos(), this::poll);
  }

  /** Asks the store, and waits for the answer until the time is out; then it does not count. */
  private void read(int tries) {
    long call = ++calls;
    busyUntil = nanoTime() + TIMEOUT;
    Call issued = issue();
    later(
        world.between(0, 1),
        () -> {
          long there = travel();
          long back = travel();
          if (there < 0 || back < 0) {
            return;
          }
          world.after(
              there,
              () -> {
                Ledger answer = world.ledger;
                world.after(back, () -> arrived(() -> readAnswered(call, issued, answer, tries)));
              });
        });
  }

  private void arrived(Runnable answer) {
    if (hangsAtAnswer > 0) {
      pause(hangsAtAnswer, false);
      hangsAtAnswer = 0;
    }
    act(answer);
  }

  private void readAnswered(long call, Call issued, @Nullable Ledger answer, int tries) {
    if (call != calls) {
      return;
    }
    busyUntil = nanoTime();
    Move move = protocol.read(answer, answered(issued));
    took();
    if (move == null) {
      return;
    }
    busyUntil = nanoTime() + TIMEOUT;
    Call swap = issue();
    later(
        world.between(0, 1),
        () -> {
          long there = travel();
          long back = travel();
          if (there < 0) {
            return;
          }
          int store = world.store;
          world.after(
              there,
              () ->
                  world.compareAndSet(
                      move,
                      start,
                      store,
                      done -> swapAnswered(call, swap, move, done, back, tries)));
        });
  }

  private void swapAnswered(long call, Call issued, Move move, boolean done, long back, int tries) {
    if (back < 0) {
      return;
    }
    world.after(
        back,
        () ->
            act(
                () -> {
                  if (call != calls) {
                    return;
                  }
                  busyUntil = nanoTime();
                  if (done) {
                    protocol.moved(move, answered(issued));
                    took();
                  } else if (tries < 2) {
                    read(tries + 1);
                  }
                }));
  }

  /** Something was read: look at all grants now, and when a wait ends. */
  private void took() {
    world.checkGrants();
    world.after((long) (SliceKeeper.WAIT.toNanos() / rate) + 1, world::checkGrants);
    world.watchers.forEach(watcher -> watcher.accept(this));
  }

  /** What engine and replica do. */
  private void work() {
    int partition = world.random.nextInt(PARTITIONS);
    Title title = protocol.title(partition);
    if (title != null && title.owner().equals(start)) {
      own(partition, title);
    }
    later(world.between(20, 60), this::work);
  }

  private void own(int p, Title title) {
    UUID table = world.table[p];
    boolean moves = !table.equals(start) && title.inSync().contains(table);
    if (moves) {
      if (pending[p] == 0 || world.faults.releasesBusy()) {
        protocol.requests().release(p, title.epoch());
      }
      return;
    }
    Grant grant = grant(p);
    if (grant == null) {
      return;
    }
    world.taken(grant);
    attempt(p, grant);
    write(p, title);
    copy(p, title);
  }

  private void attempt(int p, Grant grant) {
    pending[p]++;
    boolean late = !world.quiet && world.chance(world.faults.sendsLate());
    later(
        late ? world.between(5, 2_500) : world.between(0, 3),
        () -> {
          pending[p]--;
          Ledger read = protocol.ledger();
          long token =
              read != null && world.faults.refreshesToken() ? read.slice() : grant.fencingToken();
          world.sent(p, grant.epoch(), token);
        });
  }

  private void write(int p, Title title) {
    List<SimMember> copies = new ArrayList<>();
    for (UUID member : title.inSync()) {
      copies.add(world.starts.get(member));
    }
    candidates.get(p).forEach((member, unused) -> copies.add(world.starts.get(member)));
    for (SimMember copy : copies) {
      if (!copy.alive || copy.disk.copies[p].highestEpoch() > title.epoch()) {
        return;
      }
    }
    JournalReport.Copy mine = disk.copies[p];
    if (adopted[p] != title.epoch()) {
      for (SimMember copy : copies) {
        copy.disk.copies[p] =
            new JournalReport.Copy(true, mine.epoch(), mine.sequence(), title.epoch());
      }
      adopted[p] = title.epoch();
      return;
    }
    long sequence = mine.epoch() == title.epoch() ? mine.sequence() + 1 : 1;
    for (SimMember copy : copies) {
      copy.disk.copies[p] = new JournalReport.Copy(true, title.epoch(), sequence, title.epoch());
    }
    if (title.inSync().size() >= 2) {
      world.acknowledged++;
      world.trace(
          world.name(start) + " has acknowledged in " + p + " " + title.epoch() + "/" + sequence);
      world.ackedEpoch[p] = title.epoch();
      world.ackedSequence[p] = sequence;
    }
  }

  /** Rule 8, with copies that take no time. */
  private void copy(int p, Title title) {
    Map<UUID, Candidate> mine = candidates.get(p);
    long slice = slice();
    mine.entrySet()
        .removeIf(
            c ->
                c.getValue().epoch() != title.epoch()
                    || title.inSync().contains(c.getKey())
                    || c.getValue().givenUpAtSlice() < slice);
    if (adopted[p] != title.epoch()) {
      return;
    }
    for (UUID member : view) {
      SimMember other = world.start(member);
      if (other == this || title.inSync().contains(member) || !world.replica(p, other)) {
        continue;
      }
      if (mine.containsKey(member)) {
        if (!other.alive || world.chance(0.05)) {
          protocol.requests().want(p, title.epoch(), member, false);
          mine.put(member, new Candidate(title.epoch(), slice()));
        }
      } else if (other.alive && other.disk.copies[p].highestEpoch() <= title.epoch()) {
        JournalReport.Copy copy = disk.copies[p];
        other.disk.copies[p] =
            new JournalReport.Copy(true, copy.epoch(), copy.sequence(), title.epoch());
        mine.put(member, new Candidate(title.epoch(), Long.MAX_VALUE));
        protocol.requests().want(p, title.epoch(), member, true);
      }
    }
    for (UUID member : title.inSync()) {
      if (!view.contains(member) && world.chance(0.3)) {
        protocol.requests().want(p, title.epoch(), member, false);
      }
    }
  }

  private long slice() {
    Ledger read = protocol.ledger();
    return read == null ? 0 : read.slice();
  }

  @Override
  public List<Peer> peers() {
    List<Peer> peers = new ArrayList<>();
    for (UUID member : view) {
      SimMember peer = world.start(member);
      Reservations durable = peer.protocol.reservations();
      long ahead = peer.wallMillis() - wallMillis();
      peers.add(
          new Peer(
              member,
              peer.disk.journal,
              new Peer.Told(
                  ahead, durable.sliceLimit(), durable.untilMillis(), durable.seatsVersion())));
    }
    return peers;
  }

  @Override
  public UUID tableOwner(int partition) {
    return world.table[partition];
  }

  @Override
  public void forgetReports() {}

  @Override
  public List<JournalReport> reports() {
    List<JournalReport> reports = new ArrayList<>();
    for (UUID member : view) {
      reports.add(world.start(member).report);
    }
    return reports;
  }
}
