package io.xcron.target;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs a callback as <a href="https://www.standardwebhooks.com">Standard Webhooks</a> says:
 * HMAC-SHA256 over {@code id.timestamp.body}. One thread at a time.
 */
final class Signer {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String KEY_PREFIX = "whsec_";

  private final Mac mac;

  Signer(SecretKey key) {
    try {
      mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the signing key cannot be used for " + ALGORITHM, e);
    }
  }

  /**
   * Reads a key: {@code whsec_} and its bytes in base64, or any other text, whose UTF-8 bytes are
   * the key.
   */
  static SecretKey key(String text) {
    byte[] bytes;
    if (text.startsWith(KEY_PREFIX)) {
      try {
        bytes = Base64.getDecoder().decode(text.substring(KEY_PREFIX.length()));
      } catch (IllegalArgumentException e) {
        // Without its cause, whose message shows a part of the key.
        throw new IllegalArgumentException("the signing key is not base64 after " + KEY_PREFIX);
      }
    } else {
      bytes = text.getBytes(StandardCharsets.UTF_8);
    }
    if (bytes.length == 0) {
      throw new IllegalArgumentException("the signing key is empty");
    }
    return new SecretKeySpec(bytes, ALGORITHM);
  }

  /** The value of {@code webhook-signature}. */
  String sign(String id, String timestampSeconds, byte[] body) {
    mac.update(id.getBytes(StandardCharsets.UTF_8));
    mac.update((byte) '.');
    mac.update(timestampSeconds.getBytes(StandardCharsets.US_ASCII));
    mac.update((byte) '.');
    return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
  }
}
