package io.xcron.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.xcron.model.InvalidTaskException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  private static final long NOW = 1_800_000_000_000L;

  @TempDir Path directory;

  private AuditLog open(long nowMillis) {
    return AuditLog.open(directory, Duration.ofDays(30), 16 << 20, () -> nowMillis);
  }

  private static AuditTrail.Page page(AuditLog log, @Nullable String cursor, int limit) {
    return log.page(cursor, limit).join();
  }

  private static List<String> texts(AuditTrail.Page page) {
    return page.lines().stream().map(AuditTrail.Line::text).toList();
  }

  @Test
  void thePagesAreNewestFirstAndEachLineIsOnOneOfThem() {
    try (AuditLog log = open(NOW)) {
      log.append(NOW, "a");
      log.append(NOW + 1, "b");
      log.append(NOW + 1, "c");
      log.append(NOW + 2, "d");

      AuditTrail.Page first = page(log, null, 2);
      assertEquals(List.of("d", "c"), texts(first));
      assertNotNull(first.nextCursor());
      log.append(NOW + 3, "e");
      AuditTrail.Page second = page(log, first.nextCursor(), 2);
      assertEquals(List.of("b", "a"), texts(second));
      assertNull(second.nextCursor(), "a page that is just full is the last");
      assertEquals(List.of("c", "b"), texts(page(log, first.lines().getFirst().cursor(), 2)));
    }
  }

  @Test
  void linesOfTheSameMillisecondKeepTheirOrderWhenTheLogIsOpenedAnew() {
    try (AuditLog log = open(NOW)) {
      log.append(NOW, "a");
      log.append(NOW, "b");
      assertEquals(2, page(log, null, 10).lines().size());
    }
    try (AuditLog log = open(NOW + 1)) {
      log.append(NOW, "c");
      assertEquals(List.of("c", "b", "a"), texts(page(log, null, 10)));
    }
  }

  @Test
  void aCursorOrALimitThatIsNoneIsRefused() {
    try (AuditLog log = open(NOW)) {
      for (String cursor : List.of("", "x", "1.", ".1", "1.-2", "1.2.3")) {
        InvalidTaskException refused =
            assertThrows(InvalidTaskException.class, () -> log.page(cursor, 5), cursor);
        assertEquals("cursor", refused.field());
      }
      for (int limit : new int[] {0, 1_001}) {
        InvalidTaskException refused =
            assertThrows(InvalidTaskException.class, () -> log.page(null, limit));
        assertEquals("limit", refused.field());
      }
      assertEquals(List.of(), page(log, null, 1_000).lines());
    }
  }
}
