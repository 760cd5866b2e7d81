package io.xcron.target;

import io.xcron.model.Target;
import java.net.IDN;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which receivers may be called. Judges an address <em>after</em> name resolution, and the name it
 * was resolved from.
 *
 * <ol>
 *   <li>Never, whatever is configured: unspecified, link-local, multicast and broadcast addresses,
 *       and those where clouds serve a machine's credentials.
 *   <li>What DENY names is denied.
 *   <li>When ALLOW names anything, only what it names is allowed, loopback included.
 *   <li>Otherwise loopback is allowed only where the API itself is bound to loopback; everything
 *       else, private ranges included, is allowed.
 * </ol>
 *
 * <p>An IPv6 address that carries an IPv4 address (mapped, compatible, translated, 6to4, Teredo,
 * NAT64, ISATAP) is denied when either of the two is, because a gateway may deliver to the inner
 * one. ALLOW must name the outer one.
 *
 * <p>Immutable; any thread.
 */
public final class AddressPolicy {
  // AWS and most others, Alibaba, Oracle, Azure; AWS and Google over IPv6.
  private static final List<Range> METADATA =
      List.of(
          range("169.254.169.254/32"),
          range("100.100.100.200/32"),
          range("192.0.0.192/32"),
          range("168.63.129.16/32"),
          range("fd00:ec2::254/128"),
          range("fd20:ce::254/128"));

  private static final Range THIS_NETWORK = range("0.0.0.0/8");
  private static final Range BROADCAST = range("255.255.255.255/32");
  private static final Pattern HOST = Pattern.compile("[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?");

  private final boolean loopbackAllowed;
  private final Names allow;
  private final Names deny;

  private AddressPolicy(boolean loopbackAllowed, Names allow, Names deny) {
    this.loopbackAllowed = loopbackAllowed;
    this.allow = allow;
    this.deny = deny;
  }

  /**
   * Reads the configured lists.
   *
   * @param loopbackAllowed whether the API is bound to loopback
   * @param allow comma-separated host names, addresses and CIDR ranges ({@code
   *     XCRON_TARGET_ALLOW}); may be empty
   * @param deny likewise ({@code XCRON_TARGET_DENY})
   * @throws IllegalArgumentException naming the variable and the entry that is none of these
   */
  public static AddressPolicy parse(boolean loopbackAllowed, String allow, String deny) {
    return new AddressPolicy(
        loopbackAllowed,
        Names.parse("XCRON_TARGET_ALLOW", allow),
        Names.parse("XCRON_TARGET_DENY", deny));
  }

  /**
   * Judges one address.
   *
   * @param host the name in the URL that led to it, or the address as it is written there
   * @return null when it may be called, else why not
   */
  public @Nullable String check(InetAddress address, String host) {
    String name = canonical(host);
    InetAddress inner = embedded(address.getAddress());
    String reason = forbidden(address);
    if (reason == null && inner != null) {
      reason = forbidden(inner);
    }
    if (reason == null
        && (deny.match(name, address) || (inner != null && deny.match(name, inner)))) {
      reason = "is denied by XCRON_TARGET_DENY";
    }
    if (reason == null && !allow.match(name, address)) {
      if (!allow.isEmpty()) {
        reason = "is not named by XCRON_TARGET_ALLOW";
      } else if (!loopbackAllowed
          && (address.isLoopbackAddress() || (inner != null && inner.isLoopbackAddress()))) {
        reason = "is a loopback address, which only XCRON_TARGET_ALLOW can open here";
      }
    }
    return reason == null ? null : name + " (" + address.getHostAddress() + ") " + reason;
  }

  /**
   * Judges the address that is written in a target's URL, as far as one can before a name is
   * resolved.
   *
   * @param target one that {@link HttpRules#check} has passed
   * @return null when it may be called or is a name, else why not
   */
  public @Nullable String checkWritten(Target.Http target) {
    Url url = Url.parse(target.url());
    InetAddress address = Literals.parse(url.host());
    return address == null ? null : check(address, url.host());
  }

  private static @Nullable String forbidden(InetAddress address) {
    for (Range range : METADATA) {
      if (range.contains(address)) {
        return "is a cloud metadata address";
      }
    }
    if (address.isLinkLocalAddress()) {
      return "is a link-local address";
    }
    if (address.isMulticastAddress()) {
      return "is a multicast address";
    }
    if (address.isAnyLocalAddress() || THIS_NETWORK.contains(address)) {
      return "is an unspecified address";
    }
    return BROADCAST.contains(address) ? "is the broadcast address" : null;
  }

  /** The IPv4 address inside an IPv6 address of a form that carries one, else null. */
  private static @Nullable InetAddress embedded(byte[] a) {
    if (a.length != 16) {
      return null;
    }
    if (starts(a, 0x20, 0x02)) {
      return ipv4(a, 2, 0); // 6to4
    }
    if (starts(a, 0x20, 0x01, 0, 0)) {
      return ipv4(a, 12, 0xff); // Teredo: the client's address, inverted
    }
    if (starts(a, 0, 0x64, 0xff, 0x9b)) {
      return ipv4(a, 12, 0); // NAT64, both its well-known and its local prefix
    }
    boolean isatap = (a[8] & 0xfd) == 0 && a[9] == 0 && a[10] == 0x5e && (a[11] & 0xff) == 0xfe;
    if (isatap) {
      return ipv4(a, 12, 0);
    }
    if (!starts(a, 0, 0, 0, 0, 0, 0, 0, 0)) {
      return null;
    }
    int middle = (a[8] & 0xff) << 24 | (a[9] & 0xff) << 16 | (a[10] & 0xff) << 8 | (a[11] & 0xff);
    boolean self = a[12] == 0 && a[13] == 0 && a[14] == 0 && (a[15] == 0 || a[15] == 1);
    return switch (middle) {
      case 0 -> self ? null : ipv4(a, 12, 0); // IPv4-compatible; :: and ::1 are themselves
      case 0xffff, 0xffff_0000 -> ipv4(a, 12, 0); // mapped, translated
      default -> null;
    };
  }

  private static boolean starts(byte[] a, int... prefix) {
    for (int i = 0; i < prefix.length; i++) {
      if ((a[i] & 0xff) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static InetAddress ipv4(byte[] a, int from, int mask) {
    StringBuilder text = new StringBuilder(15);
    for (int i = from; i < from + 4; i++) {
      text.append(i == from ? "" : ".").append((a[i] & 0xff) ^ mask);
    }
    InetAddress address = Literals.parse(text.toString());
    if (address == null) {
      throw new AssertionError(text);
    }
    return address;
  }

  /** Lower case, no trailing dot, no brackets: one spelling for one host. */
  private static String canonical(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
  }

  private static Range range(String text) {
    Range range = Range.parse(text);
    if (range == null) {
      throw new AssertionError(text);
    }
    return range;
  }

  /** The entries of one list. */
  private record Names(List<String> hosts, List<Range> ranges) {
    static Names parse(String variable, String list) {
      List<String> hosts = new ArrayList<>();
      List<Range> ranges = new ArrayList<>();
      for (String part : list.split(",", -1)) {
        String entry = part.strip();
        if (entry.isEmpty()) {
          continue;
        }
        Range range = Range.parse(canonical(entry));
        if (range != null) {
          ranges.add(range);
        } else {
          hosts.add(hostName(variable, entry));
        }
      }
      return new Names(List.copyOf(hosts), List.copyOf(ranges));
    }

    private static String hostName(String variable, String entry) {
      String name;
      try {
        name = canonical(IDN.toASCII(entry));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            variable + ": '" + entry + "' is not a legal host name", e);
      }
      if (name.length() > 253 || !HOST.matcher(name).matches() || Literals.endsInNumber(name)) {
        throw new IllegalArgumentException(
            variable
                + ": '"
                + entry
                + "' is no host name, address or CIDR range (a port or a wildcard is not possible)");
      }
      return name;
    }

    boolean isEmpty() {
      return hosts.isEmpty() && ranges.isEmpty();
    }

    boolean match(String name, InetAddress address) {
      for (Range range : ranges) {
        if (range.contains(address)) {
          return true;
        }
      }
      return hosts.contains(name);
    }
  }

  /** A CIDR range; an address alone is a range of one. */
  private static final class Range {
    private final byte[] prefix;
    private final int bits;

    private Range(byte[] prefix, int bits) {
      this.prefix = prefix;
      this.bits = bits;
    }

    static @Nullable Range parse(String text) {
      int slash = text.indexOf('/');
      InetAddress address = Literals.parse(slash < 0 ? text : text.substring(0, slash));
      if (address == null) {
        return null;
      }
      byte[] bytes = address.getAddress();
      int bits = bytes.length * 8;
      if (slash >= 0) {
        String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
          return null;
        }
        bits = Integer.parseInt(length);
      }
      return new Range(Arrays.copyOf(bytes, bytes.length), bits);
    }

    boolean contains(InetAddress address) {
      byte[] a = address.getAddress();
      if (a.length != prefix.length) {
        return false;
      }
      for (int i = 0; i < bits; i += 8) {
        int mask = bits - i >= 8 ? 0xff : 0xff << (8 - (bits - i));
        if (((a[i / 8] ^ prefix[i / 8]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
