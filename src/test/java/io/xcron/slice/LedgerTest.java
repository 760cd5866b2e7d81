package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Seats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LedgerTest {
  @Test
  void anyLedgerComesBackAsItWasWrittenAndToTheSameBytes() {
    for (long seed = 0; seed < 200; seed++) {
      Ledger ledger = random(new Random(seed));
      byte[] bytes = ledger.toBytes();

      assertEquals(ledger, Ledger.read(bytes), "seed " + seed);
      assertArrayEquals(bytes, Ledger.read(bytes).toBytes(), "seed " + seed);
    }
  }

  @Test
  void theLedgerOf271PartitionsAndFiveMembersIsSmall() {
    int most = 0;
    for (long seed = 0; seed < 200; seed++) {
      most = Math.max(most, random(new Random(seed)).toBytes().length);
    }

    assertTrue(most < 4_096, most + " bytes");
    System.out.println("a ledger of 271 partitions and 5 members has up to " + most + " bytes");
  }

  @Test
  void anotherFormatIsRefusedByName() {
    byte[] bytes = random(new Random(1)).toBytes();
    bytes[0] = 9;
    var refused = assertThrows(IllegalArgumentException.class, () -> Ledger.read(bytes));

    assertTrue(String.valueOf(refused.getMessage()).contains("9"));
    assertThrows(IllegalArgumentException.class, () -> Ledger.read(new byte[0]));
  }

  @Test
  void aCutLedgerIsRefused() {
    byte[] bytes = random(new Random(1)).toBytes();
    for (int length = 1; length < bytes.length; length += 7) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(IllegalArgumentException.class, () -> Ledger.read(cut));
    }
  }

  private static Ledger random(Random random) {
    List<Ledger.Row> rows = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      rows.add(new Ledger.Row(uuid(random), uuid(random), random.nextInt(100_000) - 50_000));
    }
    long slice = 1L << 40;
    List<Ledger.Entry> entries = new ArrayList<>();
    for (int p = 0; p < 271; p++) {
      List<UUID> inSync = new ArrayList<>();
      for (int i = random.nextInt(5); inSync.size() < 3; i = (i + 1) % 5) {
        inSync.add(rows.get(i).member());
      }
      long epoch = slice - random.nextInt(100_000_000);
      UUID owner = inSync.get(random.nextInt(3));
      entries.add(
          new Ledger.Entry(owner, epoch, random.nextBoolean(), random.nextBoolean(), inSync));
    }
    UUID leader = rows.get(random.nextInt(5)).member();
    Seats seats =
        new Seats(
            5,
            slice - 3,
            rows.stream().map(row -> new Seats.Seat(row.journal(), slice - 100_000)).toList());
    return new Ledger(
        slice - 9, leader, slice - 1, slice, 1_800_000_000_000L, rows, seats, entries);
  }

  private static UUID uuid(Random random) {
    return new UUID(random.nextLong(), random.nextLong());
  }
}
