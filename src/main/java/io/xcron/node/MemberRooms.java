package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.fire.FireEngine;
import io.xcron.fire.MutexKeeper;
import io.xcron.grid.HazelcastGrid;
import io.xcron.journal.Journal;
import io.xcron.journal.Recovered;
import io.xcron.model.Seats;
import io.xcron.model.Title;
import io.xcron.slice.ClusterClock;
import io.xcron.slice.CpLedgerStore;
import io.xcron.slice.CpMutexStore;
import io.xcron.slice.SliceConfig;
import io.xcron.slice.SliceKeeper;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a member of a cluster builds upon one start of its Hazelcast instance: the journal, opened
 * anew because a report must be of what lies on the disk, the grid, the slices, and the engine.
 *
 * <p>{@link #prepare} comes before the instance is started, {@link #moveIn} after it, {@link
 * #moveOut} before it is terminated, and {@link #close} when it is gone: until then its threads may
 * still write to the journal.
 */
final class MemberRooms implements AutoCloseable {
  private final NodeConfig config;
  private final ClusterClock clock;
  private final Journal journal;
  private final NodeGrants grants;
  private final NodeTitles titles = new NodeTitles();
  private final HazelcastGrid grid;
  private volatile @Nullable Parts parts;
  private volatile boolean opened;

  /** Makes the engine of one start. */
  @FunctionalInterface
  interface Engines {
    FireEngine engine(MemberRooms rooms, MutexKeeper mutexes);
  }

  /** What is there once the instance runs. */
  private record Parts(
      SliceKeeper slices, MutexKeeper mutexes, FireEngine engine, ClusterView view) {}

  /** Opens the journal, which locks the data directory. */
  MemberRooms(NodeConfig config, ClusterClock clock, Journal journal) {
    this.config = config;
    this.clock = clock;
    this.journal = journal;
    this.grants = new NodeGrants(journal);
    this.grid = new HazelcastGrid(journal, grants, clock, titles, journal.identity().store());
  }

  /** Adds the grid, and the name of the journal, to the configuration of the next start. */
  void prepare(Config hazelcast) {
    grid.prepare(hazelcast, ClusterConfig.BACKUPS);
    GridSight.describe(hazelcast, journal.identity().store(), seats());
    RunLink.describe(hazelcast, config);
  }

  /** Reads the journal back and takes part; the grid is attached. What fails is to be moved out. */
  void moveIn(
      HazelcastInstance instance,
      CpLedgerStore ledger,
      ClusterFigures figures,
      Engines engines,
      NodeState state,
      ClusterMember member) {
    UUID self = instance.getCluster().getLocalMember().getUuid();
    SliceConfig settings =
        new SliceConfig(
            self,
            journal.identity().store(),
            config.clusterSize(),
            grid.partitionCount(),
            journal.recovered().reservation().sliceLimit(),
            journal.recovered().reservation().seats());
    SliceKeeper slices =
        SliceKeeper.clustered(
            settings,
            ledger,
            clock,
            new JournalReserve(journal),
            new GridSight(instance, figures, grid.reports()));
    slices.onLapse(state::lapsed);
    grid.seats(slices::seats);
    titles.from(slices);
    grants.from(slices);
    MutexKeeper mutexes =
        new MutexKeeper(new CpMutexStore(instance), grants, titles::title, grid, clock);
    FireEngine engine = engines.engine(this, mutexes);
    ClusterView view = new ClusterView(config, grid, slices, clock, journal, engine, state, member);
    parts = new Parts(slices, mutexes, engine, view);
    mutexes.start();
    engine.start();
    try (Recovered recovered = journal.recovered()) {
      grid.recover(recovered, engine).join();
      slices.start();
    }
  }

  Journal journal() {
    return journal;
  }

  HazelcastGrid grid() {
    return grid;
  }

  /** Whose journals take part, as this member knows it. */
  Seats seats() {
    Parts now = parts;
    return now == null ? journal.recovered().reservation().seats() : now.slices().seats();
  }

  /** See {@link SliceKeeper#resize}; null as well while this member sees no slice. */
  @Nullable CompletableFuture<@Nullable String> resize(int members) {
    Parts now = parts;
    return now == null || now.view().notReady() != null ? null : now.slices().resize(members);
  }

  /** Whether there is no ledger because journals are missing. */
  boolean waitsForJournals() {
    Parts now = parts;
    return now != null && now.slices().waitsFor() != null;
  }

  /** See {@link SliceKeeper#giveUpMissing}. */
  void giveUpMissing() {
    Parts now = parts;
    if (now != null) {
      now.slices().giveUpMissing();
    }
  }

  NodeGrants grants() {
    return grants;
  }

  /** Null before it has moved in. */
  @Nullable ClusterView view() {
    Parts now = parts;
    return now == null ? null : now.view();
  }

  /** Whether runs are under way, or nothing can run, or grants come late on a busy machine. */
  boolean busy() {
    Parts now = parts;
    return now == null
        || now.engine().runs() > 0
        || now.slices().grantAgeMillis() > SliceKeeper.SLICE.toMillis();
  }

  @Nullable FireEngine engine() {
    Parts now = parts;
    return now == null ? null : now.engine();
  }

  /**
   * Up to when the owner before may have started runs that it did not write: none, if it has
   * released; else it may have until now.
   */
  long maybeStartedUntil(int partition) {
    Title title = titles.title(partition);
    return title != null && title.clean() ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  /**
   * Why this member cannot serve; null when it can. At first it also waits for nearly all of the
   * partitions that it is owner of; later some may come and go.
   */
  @Nullable String notReady() {
    ClusterView view = view();
    if (view == null) {
      return "this member is starting its part of the grid";
    }
    String reason = view.notReady();
    if (reason == null && !opened) {
      int owned = 0;
      int unknown = 0;
      for (int partition = 0; partition < grid.partitionCount(); partition++) {
        Title title = titles.title(partition);
        unknown += title == null ? 1 : 0;
        owned += title != null && title.owner().equals(titles.member()) ? 1 : 0;
      }
      int waiting = owned - grid.open();
      if (waiting * 10 > grid.partitionCount() || unknown == grid.partitionCount()) {
        return waiting + " partitions are still being recovered";
      }
      opened = true;
    }
    return reason;
  }

  /** Whether anything else may be on its way is the caller's word. */
  void endClean() {
    Parts now = parts;
    if (now != null && journal.state().accepts()) {
      now.slices().closeClean();
    }
  }

  /** Ends what acts; grants are given up. May be called again. */
  void moveOut() {
    Parts now = parts;
    if (now != null) {
      now.engine().close();
      now.mutexes().close();
      now.slices().close();
    }
  }

  @Override
  public void close() {
    journal.close();
  }
}
