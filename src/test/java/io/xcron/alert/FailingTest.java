package io.xcron.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FailingTest {
  @Test
  void ofTooManyTheOneThatFailedLongestAgoIsForgotten() {
    Failing failing = new Failing(2);
    failing.failed("a");
    failing.failed("b");
    failing.failed("a");
    failing.failed("c");
    assertEquals(2, failing.size());
    assertFalse(failing.recovered("b"));
    assertTrue(failing.recovered("a"));
    assertFalse(failing.recovered("a"), "told once");
    failing.forget("c");
    assertEquals(0, failing.size());
  }
}
