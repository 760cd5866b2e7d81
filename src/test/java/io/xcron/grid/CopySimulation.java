package io.xcron.grid;

import io.xcron.model.Title;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Members, partitions, a network that loses, delays, doubles and reorders, disks that lose what was
 * not synced, crashes, splits, migrations, and a ledger that is right. One seed is one story.
 *
 * <p>Checked at every step: one history per partition (a version has one content, wherever it is);
 * whatever is acknowledged is durable on every member that the ledger has in sync, two at least; a
 * read sees what was acknowledged before it began. Checked at the end, when all are up again:
 * everything opens, and nothing acknowledged is missing or has come back.
 */
final class CopySimulation {
  /** A fault planted on purpose. */
  enum Flaw {
    TOO_FEW_COPIES,
    EARLY_RELEASE,
    UNFINISHED_COPY_COUNTS,
    STALE_SIDE_WINS,
    GAP_IGNORED,
    ACKNOWLEDGED_WITHOUT_GRANT,
    PROPOSED_TOO_EARLY
  }

  private static final boolean TRACE = Boolean.getBoolean("xcron.test.trace");
  private static final long MS = 1_000_000;
  private static final long GRANT = 900 * MS;
  private static final long WAIT = 1_000 * MS;
  private static final int KEYS = 12;
  private static final int PARTITIONS = 2;
  private static final CopyLimits LIMITS =
      new CopyLimits(
          2,
          java.time.Duration.ofMillis(1_000),
          java.time.Duration.ofMillis(200),
          java.time.Duration.ofMillis(4_500),
          java.time.Duration.ofMillis(600),
          64,
          2,
          4_000);

  private record Event(long atNanos, long order, Runnable run) {}

  private record Written(int partition, String key, @Nullable String value, Version version) {}

  private final long seed;
  private final Random random;
  private final Set<Flaw> flaws;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (one, other) ->
              one.atNanos() != other.atNanos()
                  ? Long.compare(one.atNanos(), other.atNanos())
                  : Long.compare(one.order(), other.order()));
  private final SimLedger ledger = new SimLedger();
  private final List<Member> members = new ArrayList<>();
  private final Map<String, Long> digests = new HashMap<>();
  private final List<Written> writes = new ArrayList<>();
  private final Map<String, Written> lastAcknowledged = new HashMap<>();
  private final Map<String, Written> byValue = new HashMap<>();
  private final List<List<Integer>> table = new ArrayList<>();
  private final int[] unreachableTicks;
  private boolean calm;
  private long nowNanos;
  private long order;
  private int counter;
  int acknowledged;
  int opened;

  CopySimulation(long seed, Set<Flaw> flaws) {
    this.seed = seed;
    this.random = new Random(seed);
    this.flaws = flaws.isEmpty() ? EnumSet.noneOf(Flaw.class) : EnumSet.copyOf(flaws);
    int count = 3 + Math.floorMod(seed, 2);
    unreachableTicks = new int[count];
    for (int i = 0; i < count; i++) {
      members.add(new Member(i));
    }
    for (int partition = 0; partition < PARTITIONS; partition++) {
      table.add(new ArrayList<>());
      rearrange(partition);
    }
    members.forEach(Member::start);
  }

  /** Runs the story and its happy end. */
  void run() {
    int troubles = 6 + random.nextInt(8);
    for (int i = 0; i < troubles; i++) {
      runFor((300 + random.nextInt(2_500)) * MS);
      trouble();
    }
    calm = true;
    members.forEach(member -> member.cut = false);
    members.stream().filter(member -> !member.alive).forEach(Member::start);
    runFor(30_000 * MS);
    for (int partition = 0; partition < PARTITIONS; partition++) {
      checkEnd(partition);
    }
  }

  private void runFor(long nanos) {
    long end = nowNanos + nanos;
    while (nowNanos < end) {
      nowNanos += 5 * MS;
      while (!events.isEmpty() && events.peek().atNanos() <= nowNanos) {
        events.poll().run().run();
      }
      members.forEach(Member::step);
      ledgerStep();
      client();
      checkHistory();
    }
  }

  private void at(long delayNanos, Runnable run) {
    events.add(new Event(nowNanos + delayNanos, order++, run));
  }

  private void trouble() {
    Member member = members.get(random.nextInt(members.size()));
    switch (random.nextInt(9)) {
      case 0, 1 -> member.crash();
      case 2 -> members.stream().filter(one -> !one.alive).forEach(Member::start);
      case 3 -> member.cut = true;
      case 4 -> members.forEach(one -> one.cut = false);
      case 5 -> rearrange(random.nextInt(PARTITIONS));
      case 6 -> {
        members.forEach(Member::crash);
        ledger.lose();
        // One may be gone for long: the others must do.
        for (Member back : members) {
          if (back != member || random.nextBoolean()) {
            at(random.nextInt(2_000) * MS, back::start);
          }
        }
      }
      case 7 -> member.slowUntilNanos = nowNanos + random.nextInt(3_000) * MS;
      default -> members.stream().filter(one -> !one.alive).findFirst().ifPresent(Member::start);
    }
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

  private List<UUID> replicas(int partition) {
    List<UUID> ids = new ArrayList<>();
    for (int index : table.get(partition)) {
      Member member = members.get(index);
      if (member.alive && !member.cut && ids.size() < 3) {
        ids.add(member.id);
      }
    }
    return ids;
  }

  private Set<UUID> living() {
    return members.stream()
        .filter(one -> one.alive && !one.cut)
        .map(one -> one.id)
        .collect(Collectors.toSet());
  }

  private List<UUID> reachable() {
    return members.stream()
        .filter(one -> one.alive && unreachableTicks[one.index] < 80)
        .map(one -> one.id)
        .toList();
  }

  private boolean majority() {
    return members.stream().filter(one -> one.alive && !one.cut).count() * 2 > members.size();
  }

  private void ledgerStep() {
    if (!majority()) {
      return;
    }
    if (nowNanos % (500 * MS) == 0) {
      ledger.tick();
    }
    for (Member member : members) {
      unreachableTicks[member.index] =
          member.alive && !member.cut ? 0 : unreachableTicks[member.index] + 1;
    }
    List<Member> here = members.stream().filter(one -> one.alive && !one.cut).toList();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      if (ledger.knows(partition)) {
        ledger.replace(partition, reachable());
        bringBack(partition, here);
      } else if (here.size() >= members.size() - 1) {
        recover(partition, here);
      }
    }
  }

  /** A lost partition waits for the journal of a member that was in sync. */
  private void bringBack(int partition, List<Member> here) {
    Title title = ledger.title(partition);
    if (title == null || reachable().stream().anyMatch(title.inSync()::contains)) {
      return;
    }
    for (Member member : here) {
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
  private void recover(int partition, List<Member> here) {
    Member best = null;
    boolean seen = false;
    for (Member member : here) {
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

  private void client() {
    if (random.nextInt(4) != 0 || (calm && random.nextInt(10) != 0)) {
      return;
    }
    Member member = members.get(random.nextInt(members.size()));
    int partition = random.nextInt(PARTITIONS);
    PartitionCopies copies = member.copies.get(partition);
    boolean granted =
        flaws.contains(Flaw.ACKNOWLEDGED_WITHOUT_GRANT)
            || member.granted(partition, copies.epoch());
    if (!member.alive || !copies.isOpen() || !granted) {
      return;
    }
    String key = "k" + random.nextInt(KEYS);
    if (random.nextInt(3) == 0) {
      read(member, partition, key);
    } else if (copies.takesWrites()) {
      int burst = 1 + random.nextInt(4);
      for (int i = 0; i < burst; i++) {
        write(member, partition, "k" + random.nextInt(KEYS));
      }
    }
  }

  private void write(Member member, int partition, String key) {
    PartitionCopies copies = member.copies.get(partition);
    String value = random.nextInt(3) == 0 ? null : "v" + ++counter;
    long sequence = copies.nextSequence();
    Version version = new Version(copies.epoch(), sequence);
    CopyEntry entry =
        new CopyEntry(0, SimStore.bytes(key), value == null ? null : SimStore.bytes(value));
    member.stores.get(partition).apply(entry, version.epoch(), sequence);
    copies.wrote(entry);
    Written written = new Written(partition, key, value, version);
    writes.add(written);
    if (value != null) {
      byValue.put(value, written);
    }
    copies.whenComplete(
        complete -> {
          if (complete && member.alive) {
            acknowledged(written);
          }
        },
        nowNanos);
  }

  private void acknowledged(Written written) {
    acknowledged++;
    Title title = ledger.title(written.partition());
    int copies = 0;
    if (title != null) {
      for (Member member : members) {
        // By its disk: a start that has ended since is in sync until the ledger says otherwise.
        if (title.inSync().stream().anyMatch(id -> id.getMostSignificantBits() == member.index)) {
          Version durable = member.stores.get(written.partition()).durably().version;
          if (durable == null || durable.compareTo(written.version()) < 0) {
            throw broken("member " + member.index + " has " + durable + " of " + written);
          }
          copies++;
        }
      }
      if (copies < 2) {
        throw broken(written + " is on " + copies + " copies in sync");
      }
    }
    lastAcknowledged.merge(
        written.partition() + written.key(),
        written,
        (one, other) -> one.version().compareTo(other.version()) > 0 ? one : other);
  }

  private void read(Member member, int partition, String key) {
    Written before = lastAcknowledged.get(partition + key);
    String value = member.stores.get(partition).value(key);
    Version version = member.copies.get(partition).local().version();
    member
        .copies
        .get(partition)
        .whenComplete(
            complete -> {
              if (complete && member.alive && before != null) {
                checkRead(partition, key, value, before, version);
              }
            },
            nowNanos);
  }

  private void checkRead(
      int partition, String key, @Nullable String value, Written before, @Nullable Version at) {
    if (value != null) {
      if (versionOf(value).compareTo(before.version()) < 0) {
        throw broken("a read of " + key + " saw " + value + " after " + before);
      }
    } else if (before.value() != null && !removedSince(partition, key, before, at)) {
      throw broken("a read of " + key + " saw nothing after " + before);
    }
  }

  private Version versionOf(String value) {
    return java.util.Objects.requireNonNull(byValue.get(value)).version();
  }

  private boolean removedSince(int partition, String key, Written before, @Nullable Version at) {
    return writes.stream()
        .anyMatch(
            one ->
                one.partition() == partition
                    && one.key().equals(key)
                    && one.value() == null
                    && one.version().compareTo(before.version()) > 0
                    && (at == null || one.version().compareTo(at) <= 0));
  }

  /** One version has one content. */
  private void checkHistory() {
    for (Member member : members) {
      for (int partition = 0; partition < PARTITIONS && member.alive; partition++) {
        Version version = member.copies.get(partition).local().version();
        if (version != null && version.epoch() > 0) {
          long digest = member.stores.get(partition).digest();
          Long known = digests.putIfAbsent(partition + ":" + version, digest);
          if (known != null && known != digest) {
            throw broken("partition " + partition + " has two contents at " + version);
          }
        }
      }
    }
  }

  private void checkEnd(int partition) {
    Title title = ledger.title(partition);
    if (title == null) {
      throw broken("partition " + partition + " has no owner in the end");
    }
    Member owner =
        members.stream().filter(one -> one.id.equals(title.owner())).findFirst().orElseThrow();
    if (!owner.copies.get(partition).isOpen() || title.inSync().size() < 3) {
      throw broken(
          "partition "
              + partition
              + " is not open with three copies in the end: "
              + title
              + ", open "
              + owner.copies.get(partition).isOpen());
    }
    for (int i = 0; i < KEYS; i++) {
      String key = "k" + i;
      Written last = lastAcknowledged.get(partition + key);
      String value = owner.stores.get(partition).value(key);
      if (last != null) {
        boolean newer = value != null && versionOf(value).compareTo(last.version()) > 0;
        boolean same = java.util.Objects.equals(value, last.value());
        boolean removed = value == null && removedSince(partition, key, last, null);
        if (!newer && !same && !removed) {
          throw broken(
              "partition " + partition + " ends with " + key + "=" + value + " after " + last);
        }
      }
    }
  }

  private void note(String what) {
    if (TRACE) {
      System.out.println(nowNanos / MS + " " + what);
    }
  }

  private AssertionError broken(String what) {
    return new AssertionError("seed " + seed + " at " + nowNanos / MS + " ms: " + what);
  }

  /** One member: its disks stay when it crashes. */
  private final class Member {
    final int index;
    UUID id;
    boolean alive;
    boolean cut;
    long slowUntilNanos;
    final List<SimStore> stores = new ArrayList<>();
    final List<PartitionCopies> copies = new ArrayList<>();
    private final Map<Integer, Title> titles = new HashMap<>();
    private final Map<Integer, Long> namedNanos = new HashMap<>();
    private final Map<Integer, Long> released = new HashMap<>();
    private long grantUntilNanos;
    private long nextReadNanos;
    private long nextTickNanos;
    private long nextSyncNanos;

    /** The newest for each member of a partition; kept until carried out. */
    private final Map<String, Runnable> wishes = new LinkedHashMap<>();

    private int permits = 2;
    private int life;

    Member(int index) {
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
      life++;
      note(index + " starts");
      id = new UUID(index, life);
      copies.clear();
      titles.clear();
      namedNanos.clear();
      released.clear();
      wishes.clear();
      permits = 2;
      grantUntilNanos = nowNanos;
      for (int partition = 0; partition < PARTITIONS; partition++) {
        copies.add(copiesOf(partition));
      }
    }

    void crash() {
      if (alive) {
        note(index + " crashes");
        alive = false;
        stores.forEach(store -> store.crash(random));
      }
    }

    private PartitionCopies copiesOf(int partition) {
      SimStore store = stores.get(partition);
      LocalCopy local = flawedLocal(partition, store);
      SimStore.Found found = store.durably();
      local.recovered(found.version, found.highest);
      return flawedCopies(partition, local, new MemberWorld(partition));
    }

    private LocalCopy flawedLocal(int partition, SimStore store) {
      return new LocalCopy(partition, store) {
        @Override
        boolean refuses(long epoch) {
          return !flaws.contains(Flaw.STALE_SIDE_WINS) && super.refuses(epoch);
        }

        @Override
        boolean hasContentOf(CopyMessage.Adopt adopt) {
          return (flaws.contains(Flaw.STALE_SIDE_WINS) && version() != null)
              || super.hasContentOf(adopt);
        }

        @Override
        boolean follows(Version now, long first) {
          return flaws.contains(Flaw.GAP_IGNORED) || super.follows(now, first);
        }

        @Override
        boolean ends(CopyMessage.Chunk chunk) {
          return flaws.contains(Flaw.UNFINISHED_COPY_COUNTS) || super.ends(chunk);
        }
      };
    }

    private PartitionCopies flawedCopies(int partition, LocalCopy local, MemberWorld world) {
      return new PartitionCopies(partition, id, local, LIMITS, world, world) {
        @Override
        CopyLeader makeLeader(long epoch) {
          return flawedLeader(partition, local, epoch, world);
        }

        @Override
        boolean mayRelease(Title read, List<UUID> replicas, Set<UUID> living) {
          return flaws.contains(Flaw.EARLY_RELEASE)
              ? local.version() != null && !replicas.isEmpty() && !replicas.contains(id)
              : super.mayRelease(read, replicas, living);
        }

        @Override
        long now() {
          return nowNanos;
        }
      };
    }

    private CopyLeader flawedLeader(int partition, LocalCopy local, long epoch, MemberWorld world) {
      return new CopyLeader(partition, id, epoch, local, LIMITS, world) {
        @Override
        boolean enough(long upTo) {
          return flaws.contains(Flaw.TOO_FEW_COPIES) ? upTo <= nextSequence() : super.enough(upTo);
        }

        @Override
        boolean stillGranted(long now) {
          return flaws.contains(Flaw.ACKNOWLEDGED_WITHOUT_GRANT) || super.stillGranted(now);
        }

        @Override
        boolean mayPropose(CopyPeer peer) {
          return flaws.contains(Flaw.PROPOSED_TOO_EARLY) || super.mayPropose(peer);
        }
      };
    }

    void step() {
      if (!alive || nowNanos < slowUntilNanos) {
        return;
      }
      if (nowNanos >= nextSyncNanos) {
        nextSyncNanos = nowNanos + random.nextInt(25) * MS;
        stores.forEach(SimStore::sync);
      }
      if (nowNanos >= nextReadNanos) {
        nextReadNanos = nowNanos + 100 * MS;
        wish();
        readLedger();
      }
      if (nowNanos >= nextTickNanos) {
        nextTickNanos = nowNanos + 50 * MS;
        for (int partition = 0; partition < PARTITIONS; partition++) {
          copies
              .get(partition)
              .tick(titles.get(partition), replicas(partition), living(), nowNanos);
        }
      }
    }

    /** Carries the wishes out in one change, if the ledger is still the one that was read. */
    private void wish() {
      if (cut || !majority() || wishes.isEmpty()) {
        return;
      }
      long read = ledger.slice();
      int lifeThen = life;
      at(
          random.nextInt(60) * MS,
          () -> {
            if (life == lifeThen && ledger.slice() == read) {
              wishes.values().forEach(Runnable::run);
              note(index + " changed the ledger: " + wishes.keySet());
              wishes.clear();
            }
          });
    }

    private void readLedger() {
      if (cut || !majority()) {
        return;
      }
      long issued = nowNanos;
      int lifeThen = life;
      // The answer is of some time on its way; the grant counts from before the question.
      Map<Integer, Title> read = new HashMap<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        Title title = ledger.title(partition);
        if (title != null) {
          read.put(partition, title);
        }
      }
      at(
          random.nextInt(40) * MS,
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
              note(index + " reads " + title);
            }
            if (before == null || before.epoch() != title.epoch()) {
              namedNanos.put(partition, nowNanos);
            }
          });
      titles.keySet().retainAll(read.keySet());
    }

    boolean granted(int partition, long epoch) {
      Title title = titles.get(partition);
      return title != null
          && nowNanos < grantUntilNanos
          && title.owner().equals(id)
          && title.epoch() == epoch
          && released.getOrDefault(partition, 0L) < epoch
          && (title.clean() || nowNanos >= namedNanos.getOrDefault(partition, 0L) + WAIT);
    }

    private final class MemberWorld implements CopyLeader.World, PartitionCopies.Acting {
      private final int partition;
      private final UUID from = id;
      private boolean acting;

      MemberWorld(int partition) {
        this.partition = partition;
      }

      @Override
      public void send(UUID to, CopyMessage message) {
        transmit(Member.this, from, to, message);
      }

      @Override
      public boolean granted(long epoch, long now) {
        return Member.this.granted(partition, epoch);
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
        note(index + " asks to add " + member + " to " + partition + " in " + epoch);
        wishes.put(partition + ":" + member, () -> ledger.add(partition, epoch, member));
      }

      @Override
      public void drop(long epoch, UUID member) {
        note(index + " asks to drop " + member + " from " + partition + " in " + epoch);
        wishes.put(partition + ":" + member, () -> ledger.drop(partition, epoch, member));
      }

      @Override
      public void release(long epoch) {
        released.put(partition, epoch);
        wishes.put(partition + ":", () -> releaseNow(epoch));
      }

      private void releaseNow(long epoch) {
        List<UUID> replicas = replicas(partition);
        UUID primary = replicas.isEmpty() ? id : replicas.getFirst();
        ledger.release(partition, epoch, primary, reachable());
      }

      @Override
      public void wake() {
        nextTickNanos = Math.min(nextTickNanos, nowNanos + MS);
      }

      @Override
      public boolean open(long epoch) {
        if (acting) {
          throw broken("opened twice");
        }
        acting = true;
        opened++;
        return true;
      }

      @Override
      public void drain() {}

      @Override
      public boolean idle() {
        return random.nextInt(4) != 0;
      }

      @Override
      public void close() {
        acting = false;
      }
    }
  }

  private void transmit(Member sender, UUID from, UUID to, CopyMessage message) {
    if (!calm && random.nextInt(60) == 0) {
      return;
    }
    int copies = !calm && random.nextInt(60) == 0 ? 2 : 1;
    note(sender.index + " sends " + to + " " + message);
    for (int i = 0; i < copies; i++) {
      long delay = random.nextInt(15) * MS;
      if (!calm && random.nextInt(100) == 0) {
        delay = random.nextInt(3_000) * MS;
      }
      at(
          delay,
          () -> {
            for (Member receiver : members) {
              if (receiver.id.equals(to) && receiver.alive && !receiver.cut && !sender.cut) {
                deliver(receiver, from, message);
              }
            }
          });
    }
  }

  private void deliver(Member receiver, UUID from, CopyMessage message) {
    if (nowNanos < receiver.slowUntilNanos) {
      at(receiver.slowUntilNanos - nowNanos, () -> deliver(receiver, from, message));
      return;
    }
    if (!receiver.alive) {
      return;
    }
    note(receiver.index + " gets " + message);
    PartitionCopies copies = receiver.copies.get(message.partition());
    if (PartitionCopies.isAnswer(message)) {
      copies.acknowledged(from, message, nowNanos);
    } else {
      UUID answering = receiver.id;
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
