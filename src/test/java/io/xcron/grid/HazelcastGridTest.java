package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import io.xcron.journal.Durability;
import io.xcron.journal.JournalState;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.MachineTime;
import io.xcron.model.OpenRun;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.model.TaskState;
import io.xcron.model.Time;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HazelcastGridTest {
  private final MemoryLog log = new MemoryLog();
  private volatile boolean granted = true;
  private volatile long epoch = 7;
  private final Engines engines = new Engines();
  private HazelcastInstance hazelcast;
  private HazelcastGrid grid;

  private static final Time TIME = new MachineTime();

  @BeforeAll
  void start() throws Exception {
    grid =
        new HazelcastGrid(
            log,
            partition -> granted ? new Grant(partition, 9, epoch, Long.MAX_VALUE) : null,
            TIME);
    hazelcast = LoneMember.start(grid);
    grid.recover(new EmptyDisk(), engines).get(20, TimeUnit.SECONDS);
  }

  @AfterAll
  void stop() {
    hazelcast.getLifecycleService().terminate();
  }

  @BeforeEach
  void empty() throws Exception {
    granted = true;
    log.state(JournalState.OPEN);
    for (String id : new TreeSet<>(log.tasks().keySet())) {
      write(id, new TaskChange.Remove(Change.ANY_VERSION));
    }
    assertEquals(0, grid.size());
    engines.seen.clear();
  }

  @Test
  void whatIsCreatedIsInTheStoreTheJournalAndTheEngine() throws Exception {
    assertInstanceOf(Change.Applied.Stored.class, create("a", 1000));

    assertNotNull(read("a"));
    assertEquals(List.of("a"), List.copyOf(log.tasks().keySet()));
    assertEquals(read("a"), log.tasks().get("a"));
    assertEquals(List.of("+a"), engines.seen);
  }

  @Test
  void aRemovalReachesTheEngineBeforeItIsAcknowledged() throws Exception {
    create("a", 1000);
    log.hold();
    CompletableFuture<Change.Applied> removal =
        grid.write("a", new TaskChange.Remove(Change.ANY_VERSION));
    log.awaitWaiting();
    assertTrue(engines.seen.contains("-a"), "the engine must know before the answer");
    assertFalse(removal.isDone(), "acknowledged before it was durable");
    log.release(Durability.DURABLE);

    assertInstanceOf(Change.Applied.Removed.class, removal.get(5, TimeUnit.SECONDS));
    assertNull(read("a"));
    assertTrue(log.tasks().isEmpty());
  }

  @Test
  void aWriteWhoseJournalFailsIsUnknown() throws Exception {
    log.hold();
    CompletableFuture<Change.Applied> creation =
        grid.write("a", new TaskChange.Create(Tasks.at("a", 1000), 1_000, 1000));
    log.awaitWaiting();
    log.release(Durability.UNKNOWN);

    assertEquals(GridException.Kind.UNKNOWN, kindOf(creation));
  }

  @Test
  void aWriteWhoseGrantRanOutBeforeTheAnswerIsUnknown() throws Exception {
    log.hold();
    CompletableFuture<Change.Applied> creation =
        grid.write("a", new TaskChange.Create(Tasks.at("a", 1000), 1_000, 1000));
    log.awaitWaiting();
    granted = false;
    log.release(Durability.DURABLE);

    assertEquals(GridException.Kind.UNKNOWN, kindOf(creation));
  }

  @Test
  void withoutAGrantNothingIsStoredNorRead() {
    granted = false;

    assertEquals(
        GridException.Kind.NOT_ACCEPTED,
        kindOf(grid.write("a", new TaskChange.Create(Tasks.at("a", 1000), 1_000, 1000))));
    assertEquals(GridException.Kind.NOT_ACCEPTED, kindOf(grid.read("a", false)));
    assertTrue(engines.seen.isEmpty());
  }

  @Test
  void aStaleReadNeedsNoGrant() throws Exception {
    create("a", 1000);
    granted = false;

    assertNotNull(grid.read("a", true).get(5, TimeUnit.SECONDS));
  }

  @Test
  void aFullDiskRefusesNewTasksAndTakesCompletions() throws Exception {
    create("a", 1000);
    log.state(JournalState.LOW);

    assertEquals(
        GridException.Kind.NOT_ACCEPTED,
        kindOf(grid.write("b", new TaskChange.Create(Tasks.at("b", 1000), 1_000, 1000))));
    assertInstanceOf(Change.Applied.Stored.class, write("a", new TaskChange.Pause()));
  }

  @Test
  void aNewEpochStartsItsSequenceAnew() throws Exception {
    create("a", 1000);
    long before = read("a").sequence();
    epoch = 8;
    write("a", new TaskChange.Pause());

    assertEquals(8, read("a").epoch());
    assertEquals(1, read("a").sequence());
    assertTrue(before >= 1);
    epoch = 7;
  }

  @Test
  void aTaskCreatedAnewHasALargerGeneration() throws Exception {
    create("a", 1000);
    long first = read("a").generation();
    write("a", new TaskChange.Remove(Change.ANY_VERSION));
    create("a", 1000);

    assertTrue(read("a").generation() > first);
  }

  @Test
  void theSameIdempotencyKeyCreatesOnce() throws Exception {
    byte[] digest = {1, 2, 3};
    long before = log.onceKeyCount();
    TaskGrid.Creation first = createOnce("k", digest);
    write("k", new TaskChange.Remove(Change.ANY_VERSION));

    assertEquals(first, createOnce("k", digest));
    assertNull(read("k"), "the second call must not create it again");
    TaskGrid.Creation other = createOnce("k", new byte[] {9});
    assertEquals(new TaskGrid.Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH), other);
    assertEquals(before + 1, log.onceKeyCount());
    assertEquals(first, repeatOf("k", digest));
    assertEquals(other, repeatOf("k", new byte[] {9}));
  }

  @Test
  void anIdempotencyKeyBesideAnIdCountsForThatId() throws Exception {
    TaskChange.Create create = new TaskChange.Create(Tasks.at("own", 1000), 1_000, 1000);
    byte[] digest = {1};
    TaskGrid.Creation first = once("first", create, digest);
    assertEquals(first, once("first", create, digest));
    assertEquals(
        new TaskGrid.Creation.Refused(Change.Refusal.EXISTS), once("second", create, digest));
    assertEquals(
        new TaskGrid.Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH),
        once("first", create, new byte[] {2}));
    write("own", new TaskChange.Remove(Change.ANY_VERSION));

    assertEquals(first, once("first", create, digest));
    assertNull(read("own"), "the repeat must not create it again");
    assertNotEquals(first, once("second", create, digest));
    assertNotNull(read("own"));
  }

  @Test
  void anIdempotencyKeyCountsForOneBodyWhateverTheId() throws Exception {
    TaskGrid.Creation mismatch = new TaskGrid.Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH);
    byte[] digest = {1};
    TaskChange.Create create = new TaskChange.Create(Tasks.at("this", 1000), 1_000, 1000);
    var unused = grid.createOnce("this", "one", create, digest).get(5, TimeUnit.SECONDS);
    TaskChange.Create other = new TaskChange.Create(Tasks.at("other", 1000), 1_000, 1000);
    byte[] otherDigest = {2};

    assertEquals(
        mismatch, grid.createOnce("other", "one", other, otherDigest).get(5, TimeUnit.SECONDS));
    assertNull(read("other"), "a key creates one task");
    assertEquals(
        mismatch, createOnce("one", otherDigest), "an id that is the key's own is one too");
    unused = createOnce("mine", digest);
    assertEquals(
        mismatch, grid.createOnce("other", "mine", other, otherDigest).get(5, TimeUnit.SECONDS));
  }

  private TaskGrid.Creation once(String key, TaskChange.Create create, byte[] digest)
      throws Exception {
    return grid.createOnce("own", key, create, digest).get(5, TimeUnit.SECONDS);
  }

  @Test
  void withoutACreationAnUnknownIdempotencyKeyCreatesNothing() throws Exception {
    assertEquals(
        new TaskGrid.Creation.Refused(Change.Refusal.NOT_FOUND), repeatOf("u", new byte[] {1}));
    assertNull(read("u"));
  }

  @Test
  void aQuestionForAnIdempotencyKeyIsSentAsItIs() {
    InternalSerializationService wire =
        new DefaultSerializationServiceBuilder()
            .addDataSerializableFactory(GridFactory.ID, new GridFactory())
            .build();
    TaskChange.Create create = new TaskChange.Create(Tasks.at("k", 1000), 1_000, 1000);
    for (TaskChange.Create one : Arrays.asList(null, create)) {
      CreateOnceOperation sent = new CreateOnceOperation("k", "key", one, new byte[] {7});
      CreateOnceOperation taken = wire.toObject(wire.toData(sent));
      assertEquals(one, taken.create());
      assertEquals("key", taken.key());
    }
    wire.dispose();
  }

  @Test
  void nobodyElseWritesToTheMaps() throws Exception {
    create("a", 1000);

    assertThrows(
        UnsupportedOperationException.class,
        () -> hazelcast.getMap(TaskMaps.TASKS).put("b", new byte[200]));
    assertThrows(
        UnsupportedOperationException.class, () -> hazelcast.getMap(TaskMaps.TASKS).remove("a"));
    assertNotNull(
        hazelcast.getMap(TaskMaps.TASKS).get("a"),
        "an entry must be found under the key Hazelcast makes");
  }

  @Test
  void aListHasEachTaskOnceInPagesOfAnySize() throws Exception {
    TreeSet<String> ids = new TreeSet<>();
    List<TaskGrid.Write> writes = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      String id = "task-" + i;
      ids.add(id);
      writes.add(
          new TaskGrid.Write(id, new TaskChange.Create(Tasks.at(id, 1000 + i), 1_000, 1000 + i)));
    }
    writeAll(writes).get(20, TimeUnit.SECONDS);

    for (int limit : new int[] {1, 7, 100, 1_000}) {
      List<String> listed = new ArrayList<>();
      TaskCursor cursor = null;
      int pages = 0;
      do {
        pages++;
        TaskPage page = grid.list(TaskFilter.ALL, cursor, limit, false).get(20, TimeUnit.SECONDS);
        assertFalse(page.incomplete());
        page.entries().forEach(entry -> listed.add(entry.id()));
        cursor = page.next();
      } while (cursor != null);
      assertEquals(1_000, listed.size());
      assertEquals((1_000 + limit - 1) / limit, pages, "the last page has no cursor");
      assertEquals(ids, new TreeSet<>(listed));
    }
  }

  @Test
  void aListWalkedWhileOthersComeAndGoHasEachTaskThatStaysOnce() throws Exception {
    TreeSet<String> staying = new TreeSet<>();
    List<TaskGrid.Write> writes = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      staying.add("stays-" + i);
      writes.add(createOf("stays-" + i));
    }
    writeAll(writes).get(20, TimeUnit.SECONDS);

    AtomicBoolean over = new AtomicBoolean();
    AtomicLong changes = new AtomicLong();
    Thread others =
        Thread.ofVirtual()
            .start(
                () -> {
                  // Names before, between and after those that stay.
                  List<String> names = List.of("a", "stays-2x", "z");
                  Set<String> there = new HashSet<>();
                  for (int round = 0; !over.get(); round = (round + 1) % 40) {
                    List<TaskGrid.Write> some = new ArrayList<>();
                    for (int i = 0; i < 100; i++) {
                      String id = names.get(i % 3) + round + "-" + i;
                      some.add(
                          there.remove(id)
                              ? new TaskGrid.Write(id, new TaskChange.Remove(Change.ANY_VERSION))
                              : createOf(id));
                      if (some.getLast().change() instanceof TaskChange.Create) {
                        there.add(id);
                      }
                    }
                    writeAll(some).join();
                    changes.addAndGet(some.size());
                  }
                });
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int walk = 0; walk < 5; walk++) {
      List<String> listed = new ArrayList<>();
      TaskCursor cursor = null;
      do {
        int limit = 1 + random.nextInt(300);
        TaskPage page = grid.list(TaskFilter.ALL, cursor, limit, false).get(20, TimeUnit.SECONDS);
        assertFalse(page.incomplete());
        page.entries().stream()
            .map(TaskPage.Entry::id)
            .filter(staying::contains)
            .forEach(listed::add);
        cursor = page.next();
      } while (cursor != null);
      assertEquals(5_000, listed.size(), "seed " + seed);
      assertEquals(staying, new TreeSet<>(listed), "seed " + seed);
    }
    over.set(true);
    others.join();
    assertTrue(changes.get() > 1_000, "hardly anything came and went: " + changes);
  }

  private static TaskGrid.Write createOf(String id) {
    return new TaskGrid.Write(id, new TaskChange.Create(Tasks.at(id, 1_000), 1_000, 1_000));
  }

  @Test
  void aListFiltersByLabelStateAndWord() throws Exception {
    for (int i = 0; i < 300; i++) {
      String id = "t" + i;
      String name = i % 3 == 0 ? "Settle Night-" + i : "cancel order " + i;
      Map<String, String> labels = Map.of("team", i % 2 == 0 ? "pay" : "shop", "n", "" + i);
      write(id, new TaskChange.Create(Tasks.named(id, name, labels, 1000), 1_000, 1000));
    }
    write("t6", new TaskChange.Pause());

    assertEquals(150, count(new TaskFilter(null, Map.of("team", "pay"), null, null)));
    assertEquals(1, count(new TaskFilter(null, Map.of("team", "pay", "n", "42"), null, null)));
    assertEquals(0, count(new TaskFilter(null, Map.of("team", "shop", "n", "42"), null, null)));
    assertEquals(100, count(new TaskFilter(null, Map.of(), null, "sett")));
    assertEquals(100, count(new TaskFilter(null, Map.of(), null, "NIGHT")));
    assertEquals(200, count(new TaskFilter(null, Map.of(), null, "order")));
    assertEquals(
        5, count(new TaskFilter(null, Map.of(), null, "night-12")), "12, 120, 123, 126, 129");
    assertEquals(0, count(new TaskFilter(null, Map.of(), null, "ight")));
    assertEquals(1, count(new TaskFilter(null, Map.of(), TaskState.PAUSED, null)));
    assertEquals(0, count(new TaskFilter("other", Map.of(), null, null)));
    write("t6", new TaskChange.Remove(Change.ANY_VERSION));
    assertEquals(0, count(new TaskFilter(null, Map.of(), TaskState.PAUSED, null)));
  }

  private int count(TaskFilter filter) throws Exception {
    int count = 0;
    TaskCursor cursor = null;
    do {
      TaskPage page = grid.list(filter, cursor, 13, false).get(20, TimeUnit.SECONDS);
      count += page.entries().size();
      cursor = page.next();
    } while (cursor != null);
    return count;
  }

  private Change.Applied create(String id, long dueMillis) throws Exception {
    return write(id, new TaskChange.Create(Tasks.at(id, dueMillis), 1_000, dueMillis));
  }

  private TaskGrid.Creation createOnce(String id, byte[] digest) throws Exception {
    return grid.createOnce(id, id, new TaskChange.Create(Tasks.at(id, 1000), 1_000, 1000), digest)
        .get(5, TimeUnit.SECONDS);
  }

  private TaskGrid.Creation repeatOf(String id, byte[] digest) throws Exception {
    return grid.createOnce(id, id, null, digest).get(5, TimeUnit.SECONDS);
  }

  private Change.Applied write(String id, Change change) throws Exception {
    return grid.write(id, change).get(5, TimeUnit.SECONDS);
  }

  private TaskRecord read(String id) throws Exception {
    return grid.read(id, false).get(5, TimeUnit.SECONDS);
  }

  private static GridException.Kind kindOf(CompletableFuture<?> future) {
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS));
    return assertInstanceOf(GridException.class, failure.getCause()).kind();
  }

  /** Engines that note what they are told. */
  private static final class Engines implements PartitionEngines {
    final List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());

    @Override
    public PartitionEngine open(TaskSlots slots) {
      return new PartitionEngine() {
        @Override
        public Change.@Nullable Unwritten unwritten(int slot) {
          return null;
        }

        @Override
        public List<OpenRun> started(int slot) {
          return List.of();
        }

        @Override
        public void changed(int slot, @Nullable TaskRecord before, @Nullable TaskRecord after) {
          String sign = after == null ? "-" : before == null ? "+" : "=";
          seen.add(sign + slots.id(slot));
        }

        @Override
        public void closed() {}
      };
    }
  }

  private CompletableFuture<Void> writeAll(List<TaskGrid.Write> writes) {
    return CompletableFuture.allOf(grid.writeAll(writes).toArray(CompletableFuture<?>[]::new));
  }
}
