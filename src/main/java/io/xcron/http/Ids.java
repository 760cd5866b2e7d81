package io.xcron.http;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Random ids (UUID version 4) for an import: a fast generator of 384 bits of state, seeded anew for
 * each import, because asking the system for every id costs as much as reading the task. For one
 * thread.
 */
final class Ids implements Supplier<String> {
  private final RandomGenerator random =
      RandomGeneratorFactory.of("L128X256MixRandom").create(new SecureRandom().generateSeed(48));

  @Override
  public String get() {
    long high = (random.nextLong() & ~0xF000L) | 0x4000L;
    long low = (random.nextLong() & ~(0b11L << 62)) | (0b10L << 62);
    return new UUID(high, low).toString();
  }
}
