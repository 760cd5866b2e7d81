package io.xcron.http;

import java.net.InetAddress;

/** A range of addresses in CIDR notation; a single address is a range of one. */
final class Network {
  private final byte[] address;
  private final int bits;

  private Network(byte[] address, int bits) {
    this.address = address;
    this.bits = bits;
  }

  static Network parse(String text) {
    int slash = text.indexOf('/');
    String host = (slash < 0 ? text : text.substring(0, slash)).strip();
    if (host.isEmpty() || !host.matches("[0-9a-fA-F:.]+") || host.matches("[0-9a-fA-F]+")) {
      throw new IllegalArgumentException("not a range of addresses: " + text);
    }
    try {
      byte[] address = InetAddress.ofLiteral(host).getAddress();
      int bits =
          slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1).strip());
      if (bits < 0 || bits > address.length * 8) {
        throw new IllegalArgumentException("a range of addresses with too many bits: " + text);
      }
      return new Network(address, bits);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a range of addresses: " + text, e);
    }
  }

  boolean contains(InetAddress candidate) {
    byte[] other = candidate.getAddress();
    if (other.length != address.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit += 8) {
      int mask = bits - bit >= 8 ? 0xFF : (0xFF << (8 - (bits - bit))) & 0xFF;
      if (((other[bit / 8] ^ address[bit / 8]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}
