package io.xcron.grid;

import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.Title;
import io.xcron.model.Titles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** A ledger that all members of one JVM share, and that is right at once. */
final class TestLedger implements AutoCloseable {
  private final Map<Integer, Title> titles = new HashMap<>();
  private final List<Consumer<Titles>> listeners = new ArrayList<>();
  private final Map<Integer, Long> released = new HashMap<>();
  private final TreeSet<UUID> living = new TreeSet<>();
  private final ExecutorService changes = Executors.newSingleThreadExecutor();
  private IntFunction<@Nullable UUID> tableOwner = partition -> null;
  private long slice = 100;

  /** What one member sees; its UUID is known when its grid is up. */
  final class View implements Titles, Grants {
    private volatile @Nullable UUID self;

    void is(UUID member) {
      self = member;
      synchronized (TestLedger.this) {
        living.add(member);
      }
    }

    @Override
    public UUID member() {
      UUID member = self;
      if (member == null) {
        throw new IllegalStateException("the member is not up yet");
      }
      return member;
    }

    @Override
    public @Nullable Title title(int partition) {
      return TestLedger.this.title(partition);
    }

    @Override
    public boolean outdated() {
      return false;
    }

    @Override
    public void release(int partition, long epoch) {
      synchronized (TestLedger.this) {
        released.put(partition, epoch);
      }
      changes.execute(() -> next(partition, epoch));
    }

    @Override
    public void add(int partition, long epoch, UUID member) {
      changes.execute(() -> change(partition, epoch, member, true));
    }

    @Override
    public void drop(int partition, long epoch, UUID member) {
      changes.execute(() -> change(partition, epoch, member, false));
    }

    @Override
    public void onRead(Consumer<Titles> listener) {
      synchronized (TestLedger.this) {
        listeners.add(read -> listener.accept(this));
      }
    }

    @Override
    public @Nullable Grant grant(int partition) {
      synchronized (TestLedger.this) {
        Title title = titles.get(partition);
        if (title == null) {
          return null;
        }
        boolean holds =
            title.owner().equals(self)
                && living.contains(title.owner())
                && released.getOrDefault(partition, 0L) < title.epoch();
        return holds ? new Grant(partition, slice, title.epoch(), Long.MAX_VALUE) : null;
      }
    }
  }

  void tableOwner(IntFunction<@Nullable UUID> owner) {
    tableOwner = owner;
  }

  synchronized @Nullable Title title(int partition) {
    return titles.get(partition);
  }

  /** The first ledger after a start of all: the freshest whole copies win. */
  synchronized void begin(List<JournalReports.Report> reports, int partitions) {
    titles.clear();
    for (int partition = 0; partition < partitions; partition++) {
      UUID winner = null;
      Version best = null;
      for (JournalReports.Report report : reports) {
        var copy = report.partitions().get(partition);
        Version version = new Version(copy.epoch(), copy.sequence());
        boolean whole = copy.state() == io.xcron.journal.PartitionState.WHOLE;
        if (whole && (best == null || version.compareTo(best) > 0)) {
          best = version;
          winner = report.member();
        }
      }
      UUID owner = winner == null ? tableOwner.apply(partition) : winner;
      titles.put(partition, new Title(partition, owner, ++slice, false, List.of(owner)));
    }
    told();
  }

  /** A member is gone: others in sync follow it. */
  synchronized void died(UUID member) {
    living.remove(member);
    for (Title title : List.copyOf(titles.values())) {
      if (title.owner().equals(member)) {
        UUID next = title.inSync().stream().filter(living::contains).findFirst().orElseThrow();
        titles.put(
            title.partition(), new Title(title.partition(), next, ++slice, false, title.inSync()));
      }
    }
    told();
  }

  synchronized void forgetAll() {
    titles.clear();
    living.clear();
    listeners.clear();
    released.clear();
  }

  private synchronized void next(int partition, long epoch) {
    Title title = titles.get(partition);
    if (title == null || title.epoch() != epoch) {
      return;
    }
    // Hazelcast's table names nobody for a moment while a member goes.
    UUID wanted = tableOwner.apply(partition);
    UUID next = wanted != null && title.inSync().contains(wanted) ? wanted : title.owner();
    titles.put(partition, new Title(partition, next, ++slice, true, title.inSync()));
    told();
  }

  private synchronized void change(int partition, long epoch, UUID member, boolean add) {
    Title title = titles.get(partition);
    if (title == null || title.epoch() != epoch || title.owner().equals(member)) {
      return;
    }
    List<UUID> inSync = new ArrayList<>(title.inSync());
    inSync.remove(member);
    if (add) {
      inSync.add(member);
    }
    slice++;
    titles.put(partition, new Title(partition, title.owner(), epoch, title.clean(), inSync));
    told();
  }

  private void told() {
    listeners.forEach(listener -> changes.execute(() -> listener.accept(null)));
    notifyAll();
  }

  /** Waits until the ledger says something. */
  synchronized void await(String what, BooleanSupplier reached) throws InterruptedException {
    long end =
        System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("xcron.test.await", 40));
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not reached: " + what + "; " + titles);
      }
      wait(50);
    }
  }

  @Override
  public void close() {
    changes.shutdownNow();
  }
}
