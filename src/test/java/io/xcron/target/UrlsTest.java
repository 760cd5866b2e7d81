package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.xcron.model.InvalidTaskException;
import org.junit.jupiter.api.Test;

class UrlsTest {
  private final Urls urls = new Urls();

  @Test
  void aUrlIsTakenApartOnce() {
    Url first = urls.of(new String("http://a.example:81/x?y"));
    assertEquals(Url.parse("http://a.example:81/x?y"), first);
    assertSame(first, urls.of("http://a.example:81/x?y"));
  }

  @Test
  void moreUrlsThanItHoldsAreStillAnswered() {
    for (int i = 0; i < 20_000; i++) {
      assertEquals("/" + i, urls.of("http://a.example/" + i).requestUri());
    }
  }

  @Test
  void aBadUrlIsRefusedEachTime() {
    assertThrows(InvalidTaskException.class, () -> urls.of("ftp://a"));
    assertThrows(InvalidTaskException.class, () -> urls.of("ftp://a"));
  }
}
