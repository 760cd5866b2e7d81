package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.xcron.model.HeaderValue;
import io.xcron.model.InvalidTaskException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRulesTest {
  private static String refused(String url, String method, Map<String, HeaderValue> headers) {
    return assertThrows(
            InvalidTaskException.class,
            () -> HttpRules.check(Try.http(url, method, headers, null, Try.LONG)))
        .field();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://example.com | http://example.com:80 | /",
        "HTTPS://Example.COM/A?b=C | https://example.com:443 | /A?b=C",
        "http://example.com.:8080?x=1#y | http://example.com:8080 | /?x=1",
        "http://127.0.0.1:8000/cb | http://127.0.0.1:8000 | /cb",
        "http://[::1]:9/ | http://::1:9 | /",
        "http://[FD00::A]/p;a=%2F | http://fd00::a:80 | /p;a=%2F",
        "http://xn--bcher-kva.example/ | http://xn--bcher-kva.example:80 | /",
        "http://my_service:1/#f | http://my_service:1 | /",
        "http://4u.example1/ | http://4u.example1:80 | /",
        "http://10.example/x@y | http://10.example:80 | /x@y"
      })
  void aUrlHasOneReading(String url, String origin, String requestUri) {
    Url parsed = Url.parse(url);
    assertEquals(origin, parsed.origin());
    assertEquals(requestUri, parsed.requestUri());
    HttpRules.check(Try.post(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "example.com",
        "ftp://example.com/",
        "http:/x",
        "http://",
        "http:///p",
        "http://?q",
        "http://:80/",
        "http://u@example.com/",
        "http://u:p@example.com/",
        "http://example.com@evil.example/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:/",
        "http://h:8a/",
        "http://h:080000/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://1.2.3.4.5/",
        "http://256.0.0.1/",
        "http://0x7f000001/",
        "http://a.0x/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[127.0.0.1]/",
        "http://[::1]x/",
        "http://::1/",
        "http://bücher.example/",
        "http://１２７.0.0.1/",
        "http://127。0。0。1/",
        "http://a..b/",
        "http://.a/",
        "http://-a/",
        "http://a/ b",
        "http://a/\r\nX: y",
        "http://a/\u0000",
        "http://a/b\\c",
        "http://a\\@b/",
        "http://a/%",
        "http://a/%2",
        "http://a/%zz",
        "http://a/<x>",
        "http://a/é",
        "http://%31/",
        "http://a/{x}",
        "http://a,b/",
        "http://./",
        " http://a/"
      })
  void anUnclearUrlIsRefused(String url) {
    assertEquals("target.http.url", refused(url, "POST", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "post", "TRACE", "CONNECT", "GET ", "GET / HTTP/1.1\r\nX:"})
  void anUnusualMethodIsRefused(String method) {
    assertEquals("target.http.method", refused("http://a/", method, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "content-length",
        "Transfer-Encoding",
        "CONNECTION",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Expect",
        "X-Xcron-Task-Id",
        "x-xcron-anything",
        "Idempotency-Key",
        "Traceparent",
        "webhook-signature",
        "Proxy-Connection"
      })
  void aHeaderThatXcronSetsIsRefused(String name) {
    String field = refused("http://a/", "POST", Map.of(name, new HeaderValue.Plain("x")));
    assertEquals("target.http.headers." + name, field);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:", "a\r\nb", "é", "a\"", "(x)"})
  void anIllegalHeaderNameIsRefused(String name) {
    assertEquals(
        "target.http.headers",
        refused("http://a/", "POST", Map.of(name, new HeaderValue.Plain("x"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb", "a\nb", "\u0000", "é", "\u007f"})
  void anIllegalHeaderValueIsRefused(String value) {
    String field = refused("http://a/", "POST", Map.of("X-Own", new HeaderValue.Plain(value)));
    assertEquals("target.http.headers.X-Own", field);
  }

  @Test
  void headersDifferInMoreThanCase() {
    Map<String, HeaderValue> headers = new LinkedHashMap<>();
    headers.put("X-Own", new HeaderValue.Plain("a"));
    headers.put("x-own", new HeaderValue.Plain("b"));
    assertEquals("target.http.headers.x-own", refused("http://a/", "POST", headers));
    assertEquals(
        "target.http.headers.A",
        refused("http://a/", "POST", Map.of("A", new HeaderValue.Secret(" "))));
  }

  @Test
  void thePublishedTestVectorOfStandardWebhooksIsMet() {
    Signer signer = new Signer(HttpTargets.signingKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    byte[] body = "{\"test\": 2432232314}".getBytes(StandardCharsets.US_ASCII);
    String expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    assertEquals(expected, signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body));
    assertEquals(expected, signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body));
  }

  @Test
  void anUnusableSigningKeyIsRefusedWithoutShowingIt() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> HttpTargets.signingKey("whsec_geheim!"));
    assertFalse(String.valueOf(refused).contains("geheim"));
    assertNull(refused.getCause());
    assertThrows(IllegalArgumentException.class, () -> HttpTargets.signingKey(""));
  }
}
