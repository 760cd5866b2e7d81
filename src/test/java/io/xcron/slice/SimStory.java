package io.xcron.slice;

import static io.xcron.slice.SimWorld.MILLI;

import io.xcron.model.Seats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** A random story of a simulated cluster: what its seed makes happen to it. */
final class SimStory {
  private final SimWorld world;
  private boolean diskLost;

  private SimStory(SimWorld world) {
    this.world = world;
  }

  /** Runs the story to its end, and then without faults until all is well. */
  static SimWorld run(long seed, int size, SimFaults faults, long millis) {
    return run(seed, size, size, faults, millis);
  }

  /**
   * The same with more machines than members: then the number of members changes as well.
   *
   * @param configured how many members there are at first
   */
  static SimWorld run(long seed, int size, int configured, SimFaults faults, long millis) {
    SimWorld world = new SimWorld(seed, size, configured, faults);
    SimStory story = new SimStory(world);
    for (int i = 0; i < configured; i++) {
      int machine = i;
      world.after(world.between(0, 1_000), () -> world.start(machine));
    }
    world.after(world.between(2_500, 5_000), story::next);
    world.run(millis * MILLI);
    return world;
  }

  /** No more faults, everybody is back: within ten seconds each partition has its owner. */
  static void heal(SimWorld world) {
    world.quiet = true;
    Seats seats = newestSeats(world);
    for (int i = 0; i < world.size; i++) {
      if (seats.has(world.disks[i].journal) || world.disks[i].replaces) {
        int machine = i;
        world.after(0, () -> world.start(machine));
      }
    }
    world.run(8_000 * MILLI);
    for (SimMember member : world.running) {
      for (SimMember other : world.running) {
        if (member != null && other != null) {
          member.view.add(other.start);
        }
      }
    }
    world.run(12_000 * MILLI);
    for (int p = 0; p < SimWorld.PARTITIONS; p++) {
      SimWorld.check(
          !world.livingCopy(p) || holdsWithinASecond(world, p),
          "no owner acts for partition " + p + " although a copy lives");
    }
  }

  /** Owners may be on the move at any single instant. */
  private static boolean holdsWithinASecond(SimWorld world, int p) {
    for (int i = 0; i < 100; i++) {
      if (world.holders(p) > 0) {
        return true;
      }
      world.run(10 * MILLI);
    }
    return false;
  }

  private void next() {
    if (world.quiet) {
      return;
    }
    int machine = world.random.nextInt(world.size);
    SimMember member = world.running[machine];
    switch (world.random.nextInt(world.size > world.configured ? 15 : 11)) {
      case 0, 1 -> {
        world.crash(machine);
        startLater(machine);
      }
      case 2 -> {
        Ledger ledger = world.ledger;
        SimMember leader = ledger == null ? null : world.starts.get(ledger.leader());
        if (leader != null && leader.alive) {
          world.crash(leader.machine);
          startLater(leader.machine);
        }
      }
      case 3 -> {
        if (member != null) {
          member.pause(world.between(300, 4_000), world.chance(0.4));
        }
      }
      case 4 -> {
        if (member != null) {
          hang(member);
        }
      }
      case 5 -> world.storeDownUntil = world.now + world.between(200, 1_500);
      case 6, 7 -> world.rebalance();
      case 8 -> suspect(machine);
      case 9 -> suspectedByAll(machine);
      case 11, 12 -> {
        if (world.ledger != null) {
          world.start(machine);
        }
      }
      case 13, 14 -> resize(machine);
      default -> restartAll();
    }
    world.after(world.between(100, 1_800), this::next);
  }

  /** To all machines, or back, after some have stopped in order; the other machines start later. */
  private void resize(int machine) {
    Ledger ledger = world.ledger;
    if (ledger == null) {
      return;
    }
    if (ledger.seats().size() < world.size) {
      ask(machine, world.size);
      return;
    }
    int left = (int) Arrays.stream(world.running).filter(Objects::nonNull).count();
    long delay = 0;
    for (int i = 0; i < world.size && left > world.configured; i++) {
      SimMember leaving = world.running[(machine + i) % world.size];
      if (leaving != null) {
        left--;
        world.after(delay, () -> world.rebalance(leaving, 0));
        delay += world.between(300, 2_000);
        world.after(
            delay,
            () -> {
              if (leaving.alive && !world.quiet) {
                world.crash(leaving.machine);
              }
            });
      }
    }
    for (int i = 0; i < 5; i++) {
      delay += world.between(100, 1_500);
      world.after(delay, () -> ask(world.random.nextInt(world.size), world.configured));
    }
  }

  /** A wish is answered when the size is durable, or refused, or never. */
  private void ask(int machine, int size) {
    SimMember member = world.running[machine];
    Requests.SizeWish wish = member == null ? null : member.protocol.requests().resize(size);
    if (member != null && wish != null) {
      world.trace(world.name(member.start) + " is asked for " + size + " members");
      world.sizes.add(size);
      world.wishes.put(wish, member);
      var unused =
          wish.refused()
              .thenAccept(
                  refused -> {
                    world.wishes.remove(wish);
                    world.trace(size + " members: " + (refused == null ? "done" : refused));
                    if (refused == null) {
                      world.resized++;
                      narrow(size);
                    }
                  });
    }
  }

  /** What was done may have been changed again before its answer came. */
  private void narrow(int size) {
    Ledger ledger = world.ledger;
    if (ledger != null && ledger.seats().size() == size) {
      world.sizes.clear();
      world.sizes.add(size);
      world.wishes.keySet().forEach(other -> world.sizes.add(other.size()));
    }
  }

  private void startLater(int machine) {
    world.after(world.between(100, 5_000), () -> world.start(machine));
  }

  /** Not heard for five seconds it is removed; when it goes on it acts for a while, then leaves. */
  private void hang(SimMember member) {
    long hangs = world.between(5_500, 8_000);
    if (world.chance(0.5)) {
      member.hangsAtAnswer = hangs;
    } else {
      member.pause(hangs, world.chance(0.5));
    }
    world.after(5_000 * MILLI, () -> world.leave(member, 0, 100));
    world.after(
        hangs + world.between(100, 2_000),
        () -> {
          if (member.alive) {
            world.crash(member.machine);
            startLater(member.machine);
          }
        });
  }

  /** Somebody believes for a while that a living member is gone. */
  private void suspect(int machine) {
    SimMember one = world.running[world.random.nextInt(world.size)];
    SimMember other = world.running[machine];
    if (one != null && other != null && one != other) {
      UUID gone = other.start;
      one.view.remove(gone);
      world.after(
          world.between(100, 2_000),
          () -> {
            if (other.alive) {
              one.view.add(gone);
            }
          });
    }
  }

  /** All the others believe that a member is gone, which may be cut off; the table moves twice. */
  private void suspectedByAll(int machine) {
    SimMember gone = world.running[machine];
    if (gone != null) {
      if (world.chance(0.5)) {
        gone.cutUntil = world.now + world.between(300, 1_500);
      }
      world.leave(gone, 0, 50);
      world.after(world.between(200, 700), () -> world.rebalance(gone, 0.7));
      world.after(
          world.between(500, 2_000),
          () -> {
            for (SimMember other : world.running) {
              if (gone.alive && other != null) {
                other.view.add(gone.start);
              }
            }
          });
    }
  }

  /** As the newest journal knows them. */
  private static Seats newestSeats(SimWorld world) {
    Seats newest = Seats.NONE;
    for (int i = 0; i < world.size; i++) {
      Seats seats = world.disks[i].seats;
      newest = seats.version() > newest.version() ? seats : newest;
    }
    if (!newest.none()) {
      return newest;
    }
    List<Seats.Seat> first = new ArrayList<>();
    for (int i = 0; i < world.configured; i++) {
      first.add(new Seats.Seat(world.disks[i].journal, 0));
    }
    return new Seats(world.configured, 0, first);
  }

  /**
   * All die. One journal comes back late, or once in a story never, replaced by an empty one. Those
   * of members that had left may be started too; members that never took part may not, as three of
   * them would be another cluster.
   */
  private void restartAll() {
    if (world.chance(0.5)) {
      return;
    }
    world.trace("full stop");
    world.fullStop();
    Seats seats = newestSeats(world);
    int late = world.random.nextInt(world.size);
    for (int i = 0; i < world.size; i++) {
      int machine = i;
      long delay = i == late ? world.between(500, 9_000) : world.between(0, 1_500);
      if (seats.has(world.disks[i].journal) || (world.disks[i].used() && world.chance(0.5))) {
        world.after(delay, () -> world.start(machine));
      }
    }
    if (!diskLost && world.chance(0.3)) {
      diskLost = true;
      world.trace("disk " + late + " is lost");
      boolean replaces = seats.has(world.disks[late].journal);
      world.disks[late] = new SimWorld.Disk(world.uuid());
      world.disks[late].replaces = replaces;
    }
  }
}
