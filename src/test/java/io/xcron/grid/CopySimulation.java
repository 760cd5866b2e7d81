package io.xcron.grid;

import io.xcron.model.Title;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Members, partitions, a network that loses, delays, doubles and reorders, disks that lose what was
 * not synced, crashes, splits, orderly stops, migrations, and a ledger that is right. One seed is
 * one story.
 *
 * <p>Checked at every step: one history per partition (a version has one content, wherever it is);
 * whatever is acknowledged is durable on every member that the ledger has in sync, and on two at
 * least; a read sees what was acknowledged before it began; nothing is released with work under
 * way. Checked at the end, when all are up again: everything opens with three copies and completes
 * a write, and nothing acknowledged is missing or has come back.
 */
final class CopySimulation {
  static final long MS = 1_000_000;
  static final int PARTITIONS = 2;
  static final CopyLimits LIMITS =
      new CopyLimits(
          2,
          java.time.Duration.ofMillis(1_000),
          java.time.Duration.ofMillis(200),
          java.time.Duration.ofMillis(4_500),
          java.time.Duration.ofMillis(400),
          java.time.Duration.ofMillis(600),
          64,
          2,
          4_000);
  private static final boolean TRACE = Boolean.getBoolean("xcron.test.trace");
  private static final long STEP = 5 * MS;

  /** A dead member is noticed after so long, and one that is cut off notices that it is alone. */
  private static final long NOTICED = 400 * MS;

  private static final long ALONE = 5_000 * MS;

  private record Event(long atNanos, long order, Runnable run) {}

  /** What a member that is cut off goes on believing. */
  private record Sight(List<List<UUID>> replicas, Set<UUID> living, long sinceNanos) {}

  final Random random;
  final Set<PlantedFault> faults;
  final SimLedger ledger = new SimLedger();
  final CopyClients clients = new CopyClients(this);
  final List<CopyMember> members = new ArrayList<>();
  private final long seed;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (one, other) ->
              one.atNanos() != other.atNanos()
                  ? Long.compare(one.atNanos(), other.atNanos())
                  : Long.compare(one.order(), other.order()));
  private final List<List<Integer>> table = new ArrayList<>();
  private final long[] reachedNanos;
  private final @Nullable Sight[] frozen;
  private final Map<String, Long> lastArrivals = new HashMap<>();
  private CopyMember slices;
  private long slicesSilentUntilNanos;
  private List<UUID> reachable = List.of();
  boolean calm;
  boolean busy;
  private long nowNanos;
  private long order;
  int opened;

  CopySimulation(long seed, Set<PlantedFault> faults) {
    this.seed = seed;
    this.random = new Random(seed);
    this.faults = faults.isEmpty() ? EnumSet.noneOf(PlantedFault.class) : EnumSet.copyOf(faults);
    int count = 3 + Math.floorMod(seed, 2);
    reachedNanos = new long[count];
    frozen = new @Nullable Sight[count];
    for (int i = 0; i < count; i++) {
      members.add(new CopyMember(this, i));
    }
    slices = members.getFirst();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      table.add(new ArrayList<>());
      rearrange(partition);
    }
    members.forEach(CopyMember::start);
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Runs the story and its happy end. */
  void run() {
    int troubles = 6 + random.nextInt(8);
    for (int i = 0; i < troubles; i++) {
      runFor((300 + random.nextInt(2_500)) * MS);
      trouble();
    }
    calm = true;
    members.forEach(this::heal);
    members.forEach(member -> member.leaving = false);
    members.stream().filter(member -> !member.alive).forEach(CopyMember::start);
    runFor(15_000 * MS);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      checkEnd(partition);
    }
  }

  /** How long nobody completes a write when a member leaves in order, in milliseconds. */
  record Stop(long gapMillis, long afterLeavingMillis, long leavingMillis) {}

  /** A quiet cluster under load, one member of which leaves in order. */
  Stop stopOne() {
    calm = true;
    runFor(8_000 * MS);
    CopyMember leaving = members.get(random.nextInt(members.size()));
    for (int partition = 0; partition < PARTITIONS; partition++) {
      checkEnd(partition);
    }
    busy = true;
    for (int partition = 0; partition < PARTITIONS; partition++) {
      if (random.nextInt(3) == 0) {
        // Often it is the primary of what it leaves.
        table.get(partition).removeIf(index -> index == leaving.index);
        table.get(partition).addFirst(leaving.index);
      }
    }
    runFor(2_000 * MS);
    clients.forgetGaps();
    long began = nowNanos;
    leaving.leave();
    while (leaving.alive && nowNanos - began < 12_000 * MS) {
      runFor(STEP);
    }
    if (leaving.alive) {
      throw broken("member " + leaving.index + " did not leave");
    }
    runFor(5_000 * MS);
    long after = Math.max(0, clients.firstCompletesAfter() - leaving.leftNanos);
    return new Stop(clients.gapNanos() / MS, after / MS, (leaving.leftNanos - began) / MS);
  }

  private void runFor(long nanos) {
    long end = nowNanos + nanos;
    while (nowNanos < end) {
      nowNanos += STEP;
      reachable = present();
      while (!events.isEmpty() && events.peek().atNanos() <= nowNanos) {
        events.poll().run().run();
      }
      members.forEach(CopyMember::step);
      ledgerStep();
      clients.step();
      clients.checkHistory();
    }
  }

  void at(long delayNanos, Runnable run) {
    events.add(new Event(nowNanos + delayNanos, order++, run));
  }

  private void trouble() {
    CopyMember member = members.get(random.nextInt(members.size()));
    switch (random.nextInt(14)) {
      case 0, 1 -> member.crash();
      case 2 -> members.stream().filter(one -> !one.alive).forEach(CopyMember::start);
      case 3 -> cutOff(member);
      case 4 -> members.forEach(this::heal);
      case 5 -> rearrange(random.nextInt(PARTITIONS));
      case 6 -> {
        members.forEach(CopyMember::crash);
        ledger.lose();
        // One may be gone for long: the others must do.
        for (CopyMember back : members) {
          if (back != member || random.nextBoolean()) {
            at(random.nextInt(2_000) * MS, back::start);
          }
        }
      }
      case 7 -> member.slowUntilNanos = nowNanos + random.nextInt(3_000) * MS;
      case 8, 9 -> member.leave();
      case 10 -> member.blindUntilNanos = nowNanos + random.nextInt(3_000) * MS;
      case 12 -> member.badDisk(random.nextInt(3_000) * MS);
      case 11 -> owner(random.nextInt(PARTITIONS), member).forEach(this::cutOff);
      default ->
          members.stream().filter(one -> !one.alive).findFirst().ifPresent(CopyMember::start);
    }
  }

  private List<CopyMember> owner(int partition, CopyMember otherwise) {
    Title title = ledger.title(partition);
    return title == null
        ? List.of(otherwise)
        : members.stream().filter(one -> one.id.equals(title.owner())).toList();
  }

  /** It goes on seeing what it saw, until it notices that nobody answers. */
  private void cutOff(CopyMember member) {
    if (!member.cut && member.alive) {
      note(member.index + " is cut off");
      List<List<UUID>> replicas = new ArrayList<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        replicas.add(replicasSeenBy(member, partition));
      }
      frozen[member.index] = new Sight(replicas, livingSeenBy(member), nowNanos);
      member.cut = true;
      member.readsOnly = random.nextBoolean();
    }
  }

  private void heal(CopyMember member) {
    member.cut = false;
    member.readsOnly = false;
  }

  /** Hazelcast moves its replicas: three of the members, in some order. */
  private void rearrange(int partition) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      all.add(i);
    }
    Collections.shuffle(all, random);
    table.set(partition, all);
  }

  private @Nullable Sight frozen(CopyMember by) {
    Sight sight = frozen[by.index];
    return by.cut ? sight : null;
  }

  List<UUID> replicasSeenBy(CopyMember by, int partition) {
    Sight sight = frozen(by);
    if (sight != null) {
      boolean alone = nowNanos - sight.sinceNanos() > ALONE;
      return alone ? List.of(by.id) : sight.replicas().get(partition);
    }
    List<UUID> ids = new ArrayList<>();
    for (int index : table.get(partition)) {
      CopyMember member = members.get(index);
      if (isMember(member) && !member.leaving && ids.size() < 3) {
        ids.add(member.id);
      }
    }
    return ids;
  }

  Set<UUID> livingSeenBy(CopyMember by) {
    Sight sight = frozen(by);
    if (sight != null) {
      return nowNanos - sight.sinceNanos() > ALONE ? Set.of(by.id) : sight.living();
    }
    return new LinkedHashSet<>(reachable);
  }

  /** As those see it that are not cut off. */
  private boolean isMember(CopyMember member) {
    return !member.left && nowNanos - reachedNanos[member.index] < NOTICED;
  }

  /** The members as all see them that are not cut off, as of this step. */
  List<UUID> reachable() {
    return reachable;
  }

  /** Those whose disk takes something: the others are as good as dead to the leader. */
  private List<UUID> keeping() {
    return members.stream()
        .filter(member -> isMember(member) && !member.keepsNothing())
        .map(member -> member.id)
        .toList();
  }

  private List<UUID> present() {
    List<UUID> present = new ArrayList<>();
    for (CopyMember member : members) {
      if (isMember(member)) {
        present.add(member.id);
      }
    }
    return List.copyOf(present);
  }

  boolean majority() {
    int up = 0;
    for (CopyMember member : members) {
      up += member.alive && !member.cut ? 1 : 0;
    }
    return up * 2 > members.size();
  }

  private void ledgerStep() {
    for (CopyMember member : members) {
      if (member.alive && !member.cut) {
        reachedNanos[member.index] = nowNanos;
      }
    }
    if (!majority()) {
      return;
    }
    if (nowNanos % (500 * MS) == 0) {
      ledger.tick();
    }
    List<CopyMember> here = members.stream().filter(one -> one.alive && !one.cut).toList();
    boolean led = led(here);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      if (!ledger.knows(partition)) {
        if (here.size() >= members.size() - 1) {
          recover(partition, here);
        }
      } else if (led && nowNanos % (50 * MS) == 0) {
        ledger.replace(partition, keeping());
        bringBack(partition, here);
      }
    }
  }

  /** Whether somebody leads the slices: the next one takes over when it has not heard the last. */
  private boolean led(List<CopyMember> here) {
    boolean leads = here.contains(slices) && nowNanos >= slices.slowUntilNanos;
    if (!leads) {
      slicesSilentUntilNanos = nowNanos + (500 + random.nextInt(1_000)) * MS;
      slices = here.get(random.nextInt(here.size()));
    }
    return leads && nowNanos >= slicesSilentUntilNanos;
  }

  /** A lost partition waits for the journal of a member that was in sync. */
  private void bringBack(int partition, List<CopyMember> here) {
    Title title = ledger.title(partition);
    if (title == null || reachable().stream().anyMatch(title.inSync()::contains)) {
      return;
    }
    for (CopyMember member : here) {
      boolean was =
          title.inSync().stream().anyMatch(id -> id.getMostSignificantBits() == member.index);
      boolean is = title.inSync().contains(member.id);
      if (was && !is && member.copies.get(partition).local().version() != null) {
        ledger.first(partition, member.id);
        return;
      }
    }
  }

  /** Rule 10: the freshest whole copy wins. */
  private void recover(int partition, List<CopyMember> here) {
    CopyMember best = null;
    boolean seen = false;
    for (CopyMember member : here) {
      Version version = member.copies.get(partition).local().version();
      seen |= member.copies.get(partition).local().highestEpoch() > 0;
      Version known = best == null ? null : best.copies.get(partition).local().version();
      if (version != null && (known == null || version.compareTo(known) > 0)) {
        best = member;
      }
    }
    if (best != null) {
      ledger.first(partition, best.id);
    } else if (!seen) {
      ledger.first(partition, here.getFirst().id);
    }
  }

  private void checkEnd(int partition) {
    Title title = ledger.title(partition);
    if (title == null) {
      throw broken("partition " + partition + " has no owner in the end");
    }
    CopyMember owner =
        members.stream().filter(one -> one.id.equals(title.owner())).findFirst().orElseThrow();
    PartitionCopies copies = owner.copies.get(partition);
    Set<UUID> living = livingSeenBy(owner);
    long inSync = title.inSync().stream().filter(living::contains).count();
    if (!copies.takesWrites() || inSync != 3) {
      throw broken(
          "partition "
              + partition
              + " takes no writes, or has not three copies, in the end: "
              + title);
    }
    int before = clients.acknowledged;
    clients.write(owner, partition, "k0");
    runFor(1_000 * MS);
    if (clients.acknowledged == before) {
      throw broken("partition " + partition + " completes no write in the end: " + title);
    }
    clients.checkEnd(owner, partition);
  }

  void note(String what) {
    if (TRACE) {
      System.out.println(nowNanos / MS + " " + what);
    }
  }

  AssertionError broken(String what) {
    return new AssertionError("seed " + seed + " at " + nowNanos / MS + " ms: " + what);
  }

  void transmit(CopyMember sender, UUID from, UUID to, CopyMessage message) {
    if (!calm && random.nextInt(60) == 0) {
      return;
    }
    int copies = !calm && random.nextInt(60) == 0 ? 2 : 1;
    if (TRACE) {
      note(sender.index + " sends " + to + " " + message);
    }
    for (int i = 0; i < copies; i++) {
      long delay = random.nextInt(15) * MS;
      if (!calm && random.nextInt(100) == 0) {
        delay = random.nextInt(3_000) * MS;
      }
      if (busy) {
        // As the streams of the product: what is sent later comes later.
        delay = Math.max(delay, lastArrivals.getOrDefault(from + ">" + to, 0L) - nowNanos);
        lastArrivals.put(from + ">" + to, nowNanos + delay);
      }
      at(
          delay,
          () -> {
            for (CopyMember receiver : members) {
              if (receiver.id.equals(to) && receiver.alive && !receiver.cut && !sender.cut) {
                deliver(receiver, from, message);
              }
            }
          });
    }
  }

  private void deliver(CopyMember receiver, UUID from, CopyMessage message) {
    UUID answering = receiver.id;
    if (nowNanos < receiver.slowUntilNanos) {
      at(
          receiver.slowUntilNanos - nowNanos,
          () -> {
            if (receiver.id.equals(answering)) {
              deliver(receiver, from, message);
            }
          });
      return;
    }
    if (!receiver.alive) {
      return;
    }
    if (TRACE) {
      note(receiver.index + " gets " + message);
    }
    PartitionCopies copies = receiver.copies.get(message.partition());
    if (PartitionCopies.isAnswer(message)) {
      copies.acknowledged(from, message, nowNanos);
    } else {
      copies.receive(
          message,
          answer -> {
            if (receiver.alive && receiver.id.equals(answering)) {
              transmit(receiver, answering, from, answer);
            }
          });
    }
  }
}
