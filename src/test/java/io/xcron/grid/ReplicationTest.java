package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.partition.InternalPartitionService;
import com.hazelcast.internal.partition.PartitionReplica;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import io.xcron.journal.PartitionState;
import io.xcron.journal.Recovered;
import io.xcron.model.Change;
import io.xcron.model.MachineTime;
import io.xcron.model.OpenRun;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.model.Title;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Hazelcast members in one JVM, with journals on disk and a ledger that is right. */
class ReplicationTest {
  private static final int PARTITIONS = 13;
  private static final Time TIME = new MachineTime();

  @TempDir Path directory;
  private final TestLedger ledger = new TestLedger();
  private final List<Member> members = new ArrayList<>();
  private final TreeSet<String> stored = new TreeSet<>();
  private final String cluster = "copies-" + UUID.randomUUID();
  private final int[] ports = new int[4];

  @BeforeEach
  void findPorts() throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < ports.length; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      ports[i] = socket.getLocalPort();
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
  }

  @AfterEach
  void stop() {
    List.copyOf(members).forEach(Member::kill);
    ledger.close();
  }

  @Test
  void aKilledMemberALateOneAndAFullStopLoseNothing() throws Exception {
    startAll(3);
    for (int i = 0; i < 200; i++) {
      create("a" + i, members.get(i % 3));
    }
    for (int i = 0; i < 200; i += 4) {
      remove("a" + i, members.get((i + 1) % 3));
    }
    awaitCopies(3);
    checkAll();
    for (JournalReports.Report report :
        members.getFirst().grid.reports().ask().get(5, TimeUnit.SECONDS)) {
      // The disks were empty at the start: it is told what is here now.
      assertTrue(
          report.partitions().stream().allMatch(one -> one.state() == PartitionState.WHOLE),
          report::toString);
      assertTrue(report.partitions().stream().anyMatch(one -> one.sequence() > 0));
    }

    Member killed = members.get(1);
    UUID gone = killed.id();
    killed.kill();
    ledger.died(gone);
    for (int i = 0; i < 60; i++) {
      create("b" + i, members.get(i % 2));
    }
    checkAll();

    Member late = new Member(3);
    late.start();
    awaitCopies(3);
    awaitMoved();
    for (int i = 0; i < 60; i++) {
      create("c" + i, members.get(i % 3));
    }
    checkAll();

    List.copyOf(members).forEach(Member::kill);
    ledger.forgetAll();
    startAll(3, 0, 2, 3);
    checkAll();
  }

  @Test
  void whatMayHaveBeenDoneIsNotDoneTwice() throws Exception {
    startAll(3);
    awaitCopies(3);
    List<CompletableFuture<Change.Applied>> creations = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      creations.add(members.get(0).create("x" + i));
    }
    UUID gone = members.get(2).id();
    members.get(2).kill();
    ledger.died(gone);
    int unknown = 0;
    for (int i = 0; i < creations.size(); i++) {
      try {
        // EXISTS would mean that a call was repeated that had been done.
        assertInstanceOf(Change.Applied.Stored.class, creations.get(i).get(10, TimeUnit.SECONDS));
        stored.add("x" + i);
      } catch (java.util.concurrent.ExecutionException e) {
        assertInstanceOf(GridException.class, e.getCause());
        unknown++;
      }
    }
    assertTrue(stored.size() > 100, unknown + " are not known");
    for (String id : stored) {
      assertNotNull(members.get(1).read(id), id);
    }
  }

  @Test
  void whoseInstanceEndsSaysOnlyThatItIsRefusedOrNotKnown() throws Exception {
    startAll(3);
    awaitCopies(3);
    Member ending = members.getFirst();
    CompletableFuture<Void> end = CompletableFuture.runAsync(ending::kill);
    List<CompletableFuture<?>> asked = new ArrayList<>();
    int last = 20;
    for (int i = 0; last > 0; i++) {
      last -= end.isDone() ? 1 : 0;
      asked.add(ending.create("e" + i));
      asked.add(ending.grid.read("e" + i, false));
      if (i % 20 == 0) {
        asked.add(ending.grid.list(TaskFilter.ALL, null, 10, false));
      }
    }
    int refused = 0;
    for (CompletableFuture<?> one : asked) {
      try {
        Object unused = one.get(10, TimeUnit.SECONDS);
      } catch (java.util.concurrent.ExecutionException e) {
        assertInstanceOf(GridException.class, e.getCause());
        refused++;
      }
    }
    assertTrue(refused >= 40, refused + " of " + asked.size());
  }

  @Test
  void whoTakesWhatAMemberHasIsToldWhatItDoesNotHave() throws Exception {
    startAll(4);
    for (int i = 0; i < 60; i++) {
      create("a" + i, members.get(i % 4));
    }
    awaitCopies(3);
    int incomplete = 0;
    for (Member member : members) {
      TreeSet<String> here = new TreeSet<>();
      for (String id : stored) {
        try {
          assertNotNull(member.grid.read(id, true).get(10, TimeUnit.SECONDS), id);
          here.add(id);
        } catch (java.util.concurrent.ExecutionException e) {
          GridException failure = assertInstanceOf(GridException.class, e.getCause());
          assertEquals(GridException.Kind.NOT_ACCEPTED, failure.kind());
        }
      }
      TaskPage page = member.grid.list(TaskFilter.ALL, null, 1_000, true).get(10, TimeUnit.SECONDS);
      assertEquals(here, new TreeSet<>(page.entries().stream().map(TaskPage.Entry::id).toList()));
      assertTrue(here.equals(stored) || page.incomplete());
      incomplete += page.incomplete() ? 1 : 0;
    }
    assertTrue(incomplete > 0, "three copies of thirteen partitions are nowhere missing on four");
  }

  private void startAll(int count, int... places) throws Exception {
    List<CompletableFuture<Void>> starts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Member member = new Member(places.length == 0 ? i : places[i]);
      starts.add(
          CompletableFuture.runAsync(
              () -> {
                try {
                  member.start();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }));
    }
    for (CompletableFuture<Void> start : starts) {
      start.get(60, TimeUnit.SECONDS);
    }
    List<JournalReports.Report> reports =
        members.getFirst().grid.reports().ask().get(5, TimeUnit.SECONDS);
    assertEquals(count, reports.size());
    Member first = members.getFirst();
    ledger.tableOwner(partition -> tableOwner(first, partition));
    ledger.begin(reports, PARTITIONS);
  }

  private static @Nullable UUID tableOwner(Member member, int partition) {
    InternalPartitionService service =
        ((HazelcastInstanceProxy) member.hazelcast)
            .getOriginal()
            .node
            .getNodeEngine()
            .getPartitionService();
    PartitionReplica owner = service.getPartition(partition).getOwnerReplicaOrNull();
    return owner == null ? null : owner.uuid();
  }

  private void awaitCopies(int copies) throws InterruptedException {
    ledger.await(
        copies + " living copies of each partition",
        () -> {
          for (int partition = 0; partition < PARTITIONS; partition++) {
            Title title = ledger.title(partition);
            if (title == null
                || members.stream().filter(one -> title.inSync().contains(one.id())).count()
                    < copies) {
              return false;
            }
          }
          return true;
        });
  }

  private void awaitMoved() throws InterruptedException {
    Member first = members.getFirst();
    ledger.tableOwner(partition -> tableOwner(first, partition));
    ledger.await(
        "each partition is owned where Hazelcast has it",
        () -> {
          for (int partition = 0; partition < PARTITIONS; partition++) {
            Title title = ledger.title(partition);
            if (title == null || !title.owner().equals(tableOwner(first, partition))) {
              return false;
            }
          }
          return true;
        });
  }

  private void create(String id, Member through) throws Exception {
    for (int attempt = 0; ; attempt++) {
      try {
        assertInstanceOf(Change.Applied.Stored.class, through.create(id).get(10, TimeUnit.SECONDS));
        stored.add(id);
        return;
      } catch (java.util.concurrent.ExecutionException e) {
        GridException failure = assertInstanceOf(GridException.class, e.getCause());
        boolean again = failure.kind() == GridException.Kind.NOT_ACCEPTED && attempt < 5;
        assertTrue(again, id + ": " + failure);
      }
    }
  }

  private void remove(String id, Member through) throws Exception {
    assertInstanceOf(
        Change.Applied.Removed.class,
        through
            .grid
            .write(id, new TaskChange.Remove(Change.ANY_VERSION))
            .get(10, TimeUnit.SECONDS));
    stored.remove(id);
  }

  /** Every member finds exactly what is stored. */
  private void checkAll() throws Exception {
    for (Member member : members) {
      TreeSet<String> listed = new TreeSet<>();
      TaskCursor cursor = null;
      do {
        TaskPage page =
            member.grid.list(TaskFilter.ALL, cursor, 70, false).get(20, TimeUnit.SECONDS);
        assertFalse(page.incomplete());
        page.entries().forEach(entry -> assertTrue(listed.add(entry.id()), entry.id()));
        cursor = page.next();
      } while (cursor != null);
      assertEquals(stored, listed);
      assertNotNull(member.read(stored.first()));
      assertNull(member.read("a0"));
    }
  }

  @SuppressWarnings("NullAway.Init") // start() sets the rest.
  private final class Member {
    private final int place;
    private final TestLedger.View view = ledger.new View();
    private @Nullable Journal journal;
    private HazelcastInstance hazelcast;
    private HazelcastGrid grid;

    Member(int place) {
      this.place = place;
    }

    void start() throws Exception {
      Journal opened =
          Journal.open(
              JournalConfig.of(
                  directory.resolve("m" + place), cluster, PARTITIONS, JournalMode.RAFT));
      journal = opened;
      HazelcastGrid made = new HazelcastGrid(opened, view, TIME, view, opened.identity().store());
      Config config = config();
      made.prepare(config, 2);
      hazelcast = Hazelcast.newHazelcastInstance(config);
      made.attach();
      view.is(hazelcast.getCluster().getLocalMember().getUuid());
      grid = made;
      try (Recovered recovered = opened.recovered()) {
        made.recover(recovered, slots -> new QuietEngine()).get(20, TimeUnit.SECONDS);
      }
      synchronized (members) {
        members.add(this);
      }
    }

    private Config config() {
      Config config = new Config().setClusterName(cluster);
      config.setProperty("hazelcast.phone.home.enabled", "false");
      config.setProperty("hazelcast.logging.type", System.getProperty("xcron.test.log", "none"));
      config.setProperty("hazelcast.partition.count", "" + PARTITIONS);
      config.setProperty("hazelcast.wait.seconds.before.join", "0");
      config.setProperty("hazelcast.operation.thread.count", "2");
      config.setProperty("hazelcast.operation.generic.thread.count", "2");
      config.setProperty("hazelcast.io.thread.count", "1");
      var network = config.getNetworkConfig();
      network.setPort(ports[place]).setPortAutoIncrement(false).setReuseAddress(true);
      network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
      network.getJoin().getAutoDetectionConfig().setEnabled(false);
      var tcp = network.getJoin().getTcpIpConfig().setEnabled(true);
      for (int port : ports) {
        tcp.addMember("127.0.0.1:" + port);
      }
      return config;
    }

    UUID id() {
      return view.member();
    }

    CompletableFuture<Change.Applied> create(String id) {
      return grid.write(id, new TaskChange.Create(Tasks.at(id, 1_000), 1_000, 1_000));
    }

    @Nullable TaskRecord read(String id) throws Exception {
      return grid.read(id, false).get(10, TimeUnit.SECONDS);
    }

    void kill() {
      synchronized (members) {
        members.remove(this);
      }
      hazelcast.getLifecycleService().terminate();
      if (journal != null) {
        journal.close();
      }
    }
  }

  private static final class QuietEngine implements PartitionEngine {
    @Override
    public Change.@Nullable Unwritten unwritten(int slot) {
      return null;
    }

    @Override
    public List<OpenRun> started(int slot) {
      return List.of();
    }

    @Override
    public void changed(int slot, @Nullable TaskRecord before, @Nullable TaskRecord after) {}

    @Override
    public void closed() {}
  }
}
