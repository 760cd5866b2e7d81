package io.xcron.model;

import java.nio.charset.StandardCharsets;

/** Text as a path or a header can carry it (RFC 3986, section 2.1). */
public final class PercentEncoding {
  private static final String HEX = "0123456789ABCDEF";

  private PercentEncoding() {}

  /**
   * Visible ASCII other than the percent sign as it is, each other byte of the text's UTF-8 as
   * {@code %XX}.
   */
  public static String encode(String text) {
    int plain = 0;
    while (plain < text.length() && isPlain(text.charAt(plain))) {
      plain++;
    }
    if (plain == text.length()) {
      return text;
    }
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (isPlain(b)) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX.charAt(b >> 4 & 0xF)).append(HEX.charAt(b & 0xF));
      }
    }
    return encoded.toString();
  }

  private static boolean isPlain(int c) {
    return c > ' ' && c < 127 && c != '%';
  }
}
