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
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");

  private static final Pattern NUMBER = Pattern.compile("\\d+|0[xX][0-9a-fA-F]*");

  private Literals() {}

  /**
   * The address a text spells, without asking any resolver; null when it spells none. No brackets,
   * no zone.
   */
  static @Nullable InetAddress parse(String text) {
    if (startsWithDigit(text) && IPV4.matcher(text).matches()) {
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

  /** Spares most names the patterns. */
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
