package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.core.HazelcastInstance;
import io.xcron.grid.Registry.Kind;
import io.xcron.journal.Durability;
import io.xcron.journal.EntryVisitor;
import io.xcron.journal.JournalState;
import io.xcron.model.CallbackService;
import io.xcron.model.Change;
import io.xcron.model.DefinitionCodec;
import io.xcron.model.Grant;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.MachineTime;
import io.xcron.model.OpenRun;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RegistryTest {
  private final MemoryLog log = new MemoryLog();
  private volatile boolean granted = true;
  private volatile boolean knownAtFirstOpening;
  private HazelcastInstance hazelcast;
  private HazelcastGrid grid;
  private Registry registry;

  private static final Time TIME = new MachineTime();

  @BeforeAll
  void start() throws Exception {
    grid =
        new HazelcastGrid(
            log, partition -> granted ? new Grant(partition, 9, 7, Long.MAX_VALUE) : null, TIME);
    hazelcast = LoneMember.start(grid);
    registry = grid.registry();
    grid.recover(new OneCalendar(), this::open).get(20, TimeUnit.SECONDS);
    assertTrue(knownAtFirstOpening, "a partition was opened before the definitions were read back");
    assertArrayEquals(bytes("from disk"), registry.get(Kind.CALENDAR, "kept"));
  }

  @AfterAll
  void stop() {
    hazelcast.getLifecycleService().terminate();
  }

  @BeforeEach
  void empty() throws Exception {
    granted = true;
    log.state(JournalState.OPEN);
    for (Kind kind : Kind.values()) {
      for (String name : new TreeSet<>(registry.all(kind).keySet())) {
        assertTrue(done(registry.remove(kind, name)));
      }
    }
    assertTrue(log.definitions().isEmpty());
  }

  @Test
  void whatIsPutIsKnownHereAndInTheJournalAndGoesWhenRemoved() throws Exception {
    done(registry.put(Kind.CALENDAR, "a", bytes("one")));
    done(registry.put(Kind.SERVICE, "a", bytes("two")));
    done(registry.put(Kind.CALENDAR, "b", bytes("three")));
    done(registry.put(Kind.CALENDAR, "a", bytes("four")));

    assertArrayEquals(bytes("four"), registry.get(Kind.CALENDAR, "a"));
    assertArrayEquals(bytes("two"), registry.get(Kind.SERVICE, "a"));
    assertEquals(List.of("a", "b"), List.copyOf(registry.all(Kind.CALENDAR).keySet()));
    assertEquals(List.of("1:a", "2:a", "2:b"), List.copyOf(log.definitions()));
    assertTrue(done(registry.remove(Kind.CALENDAR, "a")));
    assertFalse(done(registry.remove(Kind.CALENDAR, "a")));
    assertNull(registry.get(Kind.CALENDAR, "a"));
    assertNotNull(registry.get(Kind.SERVICE, "a"));
  }

  @Test
  void aWriteIsAnsweredWhenItIsDurable() throws Exception {
    log.hold();
    CompletableFuture<Void> put = registry.put(Kind.SERVICE, "s", bytes("x"));
    log.awaitWaiting();
    assertFalse(put.isDone(), "acknowledged before it was durable");
    log.release(Durability.DURABLE);

    done(put);
  }

  @Test
  void withoutAGrantNothingIsWrittenNorConfirmed() {
    granted = false;

    assertEquals(
        GridException.Kind.NOT_ACCEPTED, kindOf(registry.put(Kind.SERVICE, "s", bytes("x"))));
    assertEquals(GridException.Kind.NOT_ACCEPTED, kindOf(registry.refresh()));
    assertNull(registry.get(Kind.SERVICE, "s"));
  }

  @Test
  void anUnreadableDiskRefusesDefinitionsAsItRefusesTasks() {
    log.state(JournalState.LOW);

    assertEquals(
        GridException.Kind.NOT_ACCEPTED, kindOf(registry.put(Kind.SERVICE, "s", bytes("x"))));
  }

  @Test
  void ofTwoWhoReplaceTheSameOnlyOneSucceeds() throws Exception {
    assertTrue(done(registry.replace(Kind.SERVICE, "s", null, bytes("one"))));
    assertFalse(done(registry.replace(Kind.SERVICE, "s", null, bytes("two"))));
    assertTrue(done(registry.replace(Kind.SERVICE, "s", bytes("one"), bytes("two"))));
    assertFalse(done(registry.replace(Kind.SERVICE, "s", bytes("one"), bytes("three"))));

    assertArrayEquals(bytes("two"), registry.get(Kind.SERVICE, "s"));
  }

  @Test
  void tooLargeOrTooManyAreRefusedInWords() throws Exception {
    InvalidTaskException large =
        refusal(registry.put(Kind.SERVICE, "s", new byte[Registry.MAX_BYTES + 1]));
    assertEquals("services.s", large.field());
    for (int i = 0; i < Registry.MAX_OF_A_KIND; i++) {
      done(registry.put(Kind.CALENDAR, "c" + i, bytes("x")));
    }
    InvalidTaskException many = refusal(registry.put(Kind.CALENDAR, "more", bytes("x")));
    assertEquals("calendars are 1000 already, the most there may be", many.getMessage());
    done(registry.put(Kind.CALENDAR, "c7", bytes("y")));
    done(registry.put(Kind.SERVICE, "s", bytes("x")));
  }

  @Test
  void whatIsReadOfADefinitionIsKeptUntilItChanges() throws Exception {
    RegisteredDefinitions definitions = new RegisteredDefinitions(registry);
    done(registry.put(Kind.SERVICE, "s", DefinitionCodec.encode(service("http://a:1"))));
    CallbackService read = definitions.service("s");
    done(registry.refresh());

    assertSame(read, definitions.service("s"));
    assertSame(definitions.services(), definitions.services());
    done(registry.put(Kind.SERVICE, "s", DefinitionCodec.encode(service("http://b:1"))));
    assertNotSame(read, definitions.service("s"));
    assertEquals(List.of(service("http://b:1")), definitions.services());
    assertNull(definitions.service("t"));
    assertNull(definitions.calendar("s"));
  }

  @Test
  void aMemberWithoutTheReplicaLearnsByAsking() throws Exception {
    DefinitionCopy copy = new DefinitionCopy();
    GridRegistry other = new GridRegistry(copy, grid::invoke);
    done(registry.put(Kind.SERVICE, "old", bytes("x")));
    done(other.refresh());
    assertNotNull(other.get(Kind.SERVICE, "old"));
    byte[] first = other.get(Kind.SERVICE, "old");
    done(registry.put(Kind.SERVICE, "new", bytes("y")));
    done(registry.remove(Kind.SERVICE, "gone"));
    done(other.refresh());

    assertNotNull(other.get(Kind.SERVICE, "new"));
    assertSame(first, other.get(Kind.SERVICE, "old"), "what stays the same is the same array");
    done(registry.remove(Kind.SERVICE, "old"));
    done(other.refresh());
    assertNull(other.get(Kind.SERVICE, "old"));
  }

  @Test
  void anAnswerThatIsOlderThanWhatWasHeardIsPassedOver() {
    DefinitionCopy copy = new DefinitionCopy();
    DefinitionCopy.Question early = copy.ask();
    DefinitionCopy.Question late = copy.ask();
    byte[] key = Payload.key("1:s");
    byte[] value = Payload.value(bytes("new"), 0, 3);
    copy.take(
        DefinitionCopy.image(5, 0, List.of(new CopyEntry(Replica.DEFINITIONS, key, value))), late);
    copy.take(DefinitionCopy.image(4, 0, List.of()), early);
    assertNotNull(copy.get(Kind.SERVICE, "s"), "an answer to an earlier question was taken");
    DefinitionCopy.Question before = copy.ask();
    copy.observed(Payload.key("1:t"), value);
    copy.take(DefinitionCopy.image(6, 0, List.of()), before);

    assertNotNull(copy.get(Kind.SERVICE, "t"), "an old image was taken for news");
  }

  private PartitionEngine open(TaskSlots slots) {
    if (slots.partition() != GridRegistry.PARTITION) {
      knownAtFirstOpening = registry.get(Kind.CALENDAR, "kept") != null;
    }
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
      public void changed(int slot, @Nullable TaskRecord before, @Nullable TaskRecord after) {}

      @Override
      public void closed() {}
    };
  }

  private static CallbackService service(String url) {
    return new CallbackService(
        "s", List.of(new CallbackService.Node(url, Duration.ofSeconds(3), true)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static <T> T done(CompletableFuture<T> future) throws Exception {
    return future.get(5, TimeUnit.SECONDS);
  }

  private static InvalidTaskException refusal(CompletableFuture<?> future) {
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS));
    return assertInstanceOf(InvalidTaskException.class, failure.getCause());
  }

  private static GridException.Kind kindOf(CompletableFuture<?> future) {
    ExecutionException failure =
        assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS));
    return assertInstanceOf(GridException.class, failure.getCause()).kind();
  }

  /** A journal with one calendar in it. */
  private static final class OneCalendar extends EmptyDisk {
    @Override
    public void read(int partition, EntryVisitor visitor) {
      if (partition == GridRegistry.PARTITION) {
        byte[] key = bytes("2:kept");
        byte[] value = bytes("from disk");
        visitor.entry(
            Replica.DEFINITIONS, 1, 1, concat(key, value), 0, key.length, key.length, value.length);
      }
    }

    private static byte[] concat(byte[] one, byte[] other) {
      byte[] both = java.util.Arrays.copyOf(one, one.length + other.length);
      System.arraycopy(other, 0, both, one.length, other.length);
      return both;
    }
  }
}
