package io.xcron.target;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses written out, in their one usual form. The forms that inet_aton also takes (decimal,
 * hexadecimal, octal, fewer than four parts) are a way round rules by name, so they are not
 * addresses here, and {@link #endsInNumber} lets callers refuse them as names too.
 */
final class Literals {
  private static final Pattern NUMBER = Pattern.compile("\\d+|0[xX][0-9a-fA-F]*");

  private Literals() {}

  /**
   * The address a text spells, without asking any resolver; null when it spells none. No brackets,
   * no zone.
   */
  static @Nullable InetAddress parse(String text) {
    if (isDottedQuad(text)) {
      return Inet4Address.ofLiteral(text);
    }
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0) {
      return null;
    }
    try {
      return Inet6Address.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Whether the last label of a name is a number, so that some resolvers would read the name as an
   * IPv4 address.
   */
  static boolean endsInNumber(String name) {
    int end = name.endsWith(".") ? name.length() - 1 : name.length();
    String last = name.substring(name.lastIndexOf('.', end - 1) + 1, end);
    return startsWithDigit(last) && NUMBER.matcher(last).matches();
  }

  /** Four numbers of 0 to 255 without leading zeros: what no two parsers read in two ways. */
  private static boolean isDottedQuad(String text) {
    int parts = 0;
    int digits = 0;
    int value = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i == text.length() ? '.' : text.charAt(i);
      if (c >= '0' && c <= '9' && digits < 3) {
        if (digits > 0 && value == 0) {
          return false;
        }
        value = 10 * value + c - '0';
        digits++;
      } else if (c == '.' && digits > 0 && value <= 255) {
        parts++;
        digits = 0;
        value = 0;
      } else {
        return false;
      }
    }
    return parts == 4;
  }

  /** Spares most names the pattern. */
  private static boolean startsWithDigit(String text) {
    return !text.isEmpty() && text.charAt(0) >= '0' && text.charAt(0) <= '9';
  }

  /** The same address without a name, so that nothing downstream can resolve it again. */
  static InetAddress withoutName(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of illegal length: " + address, e);
    }
  }
}
