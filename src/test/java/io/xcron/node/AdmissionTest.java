package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import io.xcron.model.Seats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may join a cluster, by its agreed size. */
class AdmissionTest {
  private static final UUID FIRST = new UUID(1, 0);
  private static final UUID SECOND = new UUID(2, 0);
  private static final UUID THIRD = new UUID(3, 0);
  private static final UUID OTHER = new UUID(4, 0);
  private static final Seats THREE =
      new Seats(
          3,
          7,
          List.of(new Seats.Seat(FIRST, 7), new Seats.Seat(SECOND, 7), new Seats.Seat(THIRD, 7)));

  @Test
  void aFourthOfThreeIsToldToAskForALargerSizeFirst() {
    String refusal = refusal(THREE, true, 3, member(OTHER, Seats.NONE), FIRST, SECOND, THIRD);
    assertNotNull(refusal);
    assertTrue(refusal.contains("cluster size"), refusal);
    Seats five = new Seats(5, 8, THREE.seats());
    assertNull(refusal(five, true, 3, member(OTHER, Seats.NONE), FIRST, SECOND, THIRD));
  }

  @Test
  void whoHasASeatMayAlwaysComeBack() {
    assertNull(refusal(THREE, true, 3, member(THIRD, THREE), FIRST, SECOND, OTHER));
    assertNull(refusal(THREE, true, 3, member(THIRD, THREE), FIRST, SECOND, THIRD));
  }

  @Test
  void anEmptyOneMayTakeThePlaceOfOneThatIsGone() {
    assertNull(refusal(THREE, true, 3, member(OTHER, Seats.NONE), FIRST, SECOND));
  }

  @Test
  void tasksOfAMemberThatRanAloneAreNotDroppedInSilence() {
    Map<String, String> alone = member(OTHER, Seats.alone(OTHER, 4));
    String refusal = refusal(THREE, true, 3, alone, FIRST, SECOND);
    assertNotNull(refusal);
    assertTrue(refusal.contains("tasks of its own"), refusal);
    assertNull(refusal(Seats.NONE, false, 3, alone, FIRST, SECOND), "nothing has begun yet");
  }

  @Test
  void theFirstVoteIsOfAsManyForAll() {
    Map<String, String> third = member(THIRD, Seats.NONE);
    assertNotNull(refusal(Seats.NONE, false, 5, third, FIRST, SECOND));
    assertNull(refusal(Seats.NONE, true, 5, third, FIRST, SECOND), "it adopts what was found");
  }

  @Test
  void theAgreedSizeCountsAndTheConfiguredOneIsTheFirst() {
    assertEquals(3, Admission.size(Seats.NONE, 3));
    assertEquals(3, Admission.size(Seats.alone(FIRST, 1), 3));
    assertEquals(3, Admission.size(THREE, 5));
    Seats five = new Seats(5, 8, THREE.seats());
    assertEquals(5, Admission.size(five, 3));
    assertEquals(3, Admission.formation(five, 5), "a restart does not wait for who never came");
    assertEquals(5, Admission.formation(Seats.NONE, 5));
  }

  private static @Nullable String refusal(
      Seats seats, boolean formed, int voters, Map<String, String> joiner, UUID... present) {
    List<Map<String, String>> members = new ArrayList<>();
    for (UUID journal : present) {
      members.add(member(journal, Seats.NONE));
    }
    return new Admission(3, () -> seats, () -> formed).refusal(members, joiner, 3, voters);
  }

  private static Map<String, String> member(UUID journal, Seats seats) {
    Config config = new Config();
    GridSight.describe(config, journal, seats);
    return config.getMemberAttributeConfig().getAttributes();
  }
}
