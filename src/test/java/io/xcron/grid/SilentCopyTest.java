package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Title;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** An owner whose other copies say nothing, or are gone, or whose grant has lapsed. */
class SilentCopyTest {
  private static final long MS = 1_000_000;
  private static final UUID SELF = new UUID(1, 1);
  private static final UUID SECOND = new UUID(2, 1);
  private static final UUID THIRD = new UUID(3, 1);
  private static final Set<UUID> ALL = Set.of(SELF, SECOND, THIRD);

  private final List<String> sent = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private final SimStore store = new SimStore();
  private final Outside outside = new Outside();
  private final PartitionCopies copies;
  private List<UUID> replicas = List.of(SELF, SECOND, THIRD);
  private boolean idle = true;
  private boolean granted = true;
  private int permits = 1;

  SilentCopyTest() {
    LocalCopy local = new LocalCopy(0, store);
    local.recovered(new Version(3, 0), 3);
    copies = new PartitionCopies(0, SELF, local, CopyLimits.CLUSTER, outside, outside);
  }

  /** Seed 1394 of the simulation ended with two copies of three. */
  @Test
  void aCopyThatADeadMemberDoesNotTakeLetsOthersHaveTheirs() {
    replicas = List.of(SELF, SECOND);
    tick(0, ALL, SELF, SECOND);
    copies.acknowledged(SECOND, new CopyMessage.Behind(0, 5, CopyMessage.Behind.NOTHING), 10 * MS);
    tick(50, ALL, SELF, SECOND);
    assertTrue(sent.contains("Chunk to " + SECOND), sent::toString);
    assertEquals(0, permits);

    replicas = List.of(SELF, SECOND, THIRD);
    tick(1_200, ALL, SELF, SECOND);
    assertEquals(1, permits, "the copy to a silent member was not broken off");
    tick(1_250, ALL, SELF, SECOND);
    assertTrue(sent.contains("Chunk to " + THIRD), sent::toString);

    sent.clear();
    tick(1_600, ALL, SELF, SECOND);
    assertTrue(sent.contains("Adopt to " + SECOND), "a silent member may come back: " + sent);
  }

  @Test
  void aMemberInSyncThatHasLeftIsDroppedAtOnce() {
    tick(0, ALL, SELF, SECOND, THIRD);
    tick(50, Set.of(SELF, SECOND), SELF, SECOND, THIRD);
    assertEquals(List.of("drop " + THIRD), asked);
  }

  @Test
  void aProposalThatCannotComeTrueIsTakenBackOnlyWhenTheEngineIsAtRest() {
    tick(0, ALL, SELF, SECOND);
    store.sync();
    acknowledge(SECOND, 10);
    tick(50, ALL, SELF, SECOND);
    acknowledge(THIRD, 60);
    assertEquals(List.of("add " + THIRD), asked);
    assertTrue(copies.isOpen());

    idle = false;
    Set<UUID> without = Set.of(SELF, SECOND);
    tick(500, without, SELF, SECOND);
    tick(550, without, SELF, SECOND);
    assertFalse(asked.contains("release"), "released with work under way");
    idle = true;
    tick(600, without, SELF, SECOND);
    assertEquals(List.of("add " + THIRD, "drain", "release"), asked);
  }

  @Test
  void anEngineThatIsToldLateOfADrainStillHasItsTime() {
    tick(0, ALL, SELF, SECOND);
    store.sync();
    acknowledge(SECOND, 10);
    tick(50, ALL, SELF, SECOND);
    acknowledge(THIRD, 60);
    idle = false;
    Set<UUID> without = Set.of(SELF, SECOND);
    tick(500, without, SELF, SECOND);
    assertFalse(asked.contains("drain"), "this test is about a drain that is told later");

    // As after a pause of the process, which is longer than a drain may last.
    tick(2_500, without, SELF, SECOND);
    tick(2_550, without, SELF, SECOND);
    assertEquals(List.of("add " + THIRD, "drain"), asked, "released with work under way");
    tick(3_600, without, SELF, SECOND);
    assertEquals(List.of("add " + THIRD, "drain", "release"), asked);
  }

  @Test
  void anAnswerWaitsForAGrantThatHasLapsed() {
    List<Boolean> answers = openAndAskWithoutAGrant();
    tick(150, ALL, SELF, SECOND);
    assertEquals(List.of(), answers, "told without a grant");
    granted = true;
    tick(1_500, ALL, SELF, SECOND);
    assertEquals(List.of(true), answers);
  }

  @Test
  void anAnswerWaitsNoLongerThanTheEpochLasts() {
    List<Boolean> answers = openAndAskWithoutAGrant();
    Title next = new Title(0, SECOND, 6, true, List.of(SECOND, SELF));
    copies.tick(next, replicas, ALL, 200 * MS);
    assertEquals(List.of(false), answers);
  }

  @Test
  void anAnswerDoesNotWaitForAGrantWithoutEnd() {
    List<Boolean> answers = openAndAskWithoutAGrant();
    tick(4_500, ALL, SELF, SECOND);
    assertEquals(List.of(), answers);
    tick(4_650, ALL, SELF, SECOND);
    assertEquals(List.of(false), answers);
  }

  /** The answers to a question of the 100th millisecond, when all copies have what they need. */
  private List<Boolean> openAndAskWithoutAGrant() {
    replicas = List.of(SELF, SECOND);
    tick(0, ALL, SELF, SECOND);
    store.sync();
    acknowledge(SECOND, 10);
    tick(50, ALL, SELF, SECOND);
    assertTrue(copies.isOpen());
    granted = false;
    List<Boolean> answers = new ArrayList<>();
    copies.whenComplete(answers::add, 100 * MS);
    return answers;
  }

  private void acknowledge(UUID member, long millis) {
    copies.acknowledged(member, new CopyMessage.Ack(0, 5, 0), millis * MS);
  }

  private void tick(long millis, Set<UUID> living, UUID... inSync) {
    Title title = new Title(0, SELF, 5, true, List.of(inSync));
    copies.tick(title, replicas, living, millis * MS);
  }

  private final class Outside implements CopyLeader.World, PartitionCopies.Acting {
    @Override
    public void send(UUID to, CopyMessage message) {
      sent.add(message.getClass().getSimpleName() + " to " + to);
    }

    @Override
    public boolean granted(long epoch, long nowNanos) {
      return granted;
    }

    @Override
    public boolean takeCopyPermit() {
      return permits > 0 && permits-- > 0;
    }

    @Override
    public void giveCopyPermit() {
      permits++;
    }

    @Override
    public void add(long epoch, UUID member) {
      asked.add("add " + member);
    }

    @Override
    public void drop(long epoch, UUID member) {
      asked.add("drop " + member);
    }

    @Override
    public void release(long epoch) {
      asked.add("release");
    }

    @Override
    public void wake() {}

    @Override
    public boolean open(long epoch) {
      return true;
    }

    @Override
    public boolean stopAtRest() {
      return idle;
    }

    @Override
    public void drain() {
      asked.add("drain");
    }

    @Override
    public boolean idle() {
      return idle;
    }

    @Override
    public void close() {}
  }
}
