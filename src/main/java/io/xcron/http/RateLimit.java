package io.xcron.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A bucket of tokens per client address; an IPv6 client is its /64. At most {@value #MAX_CLIENTS}
 * clients are remembered: the one silent longest is forgotten, which at worst gives it a full
 * bucket again.
 */
final class RateLimit {
  private static final int MAX_CLIENTS = 10_000;

  private static final class Bucket {
    private double tokens;
    private long filledNanos;
  }

  private final int perSecond;
  private final Map<ByteBuffer, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

  RateLimit(int perSecond) {
    this.perSecond = perSecond;
  }

  /** Takes one token; false when there is none. */
  synchronized boolean take(InetAddress client, long nowNanos) {
    byte[] address = client.getAddress();
    ByteBuffer key = ByteBuffer.wrap(address, 0, client instanceof Inet6Address ? 8 : 4);
    Bucket bucket = buckets.get(key);
    if (bucket == null) {
      bucket = new Bucket();
      bucket.tokens = perSecond;
      bucket.filledNanos = nowNanos;
      buckets.put(key, bucket);
      if (buckets.size() > MAX_CLIENTS) {
        Iterator<ByteBuffer> eldest = buckets.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
    }
    double earned = (nowNanos - bucket.filledNanos) / 1e9 * perSecond;
    bucket.tokens = Math.min(perSecond, bucket.tokens + earned);
    bucket.filledNanos = nowNanos;
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    return true;
  }

  synchronized int clients() {
    return buckets.size();
  }
}
