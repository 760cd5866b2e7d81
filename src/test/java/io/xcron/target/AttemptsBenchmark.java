package io.xcron.target;

import com.sun.management.OperatingSystemMXBean;
import io.xcron.model.Target;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A program, not a test: how many attempts a second, and what one costs. Arguments: the URL of a
 * receiver in another process, the number of attempts, and how many are outstanding (64). The first
 * half of the rounds warms up.
 */
final class AttemptsBenchmark {
  private static final String BODY =
      "{\"id\":1000000,\"due_ms\":1700000000000,\"payload\":\"0123456789abcdef0123456789abcdef0123456789abcdef\"}";

  private AttemptsBenchmark() {}

  public static void main(String[] args) throws Exception {
    Target.Http target = Try.http(args[0], "POST", Map.of(), BODY, Try.LONG);
    int attempts = Integer.parseInt(args[1]);
    int outstanding = args.length > 2 ? Integer.parseInt(args[2]) : 64;
    AddressPolicy policy = AddressPolicy.parse(true, "", "");
    try (HttpTargets targets = new HttpTargets(HttpTargets.Config.of(policy, name -> null, null))) {
      for (int round = 0; round < 4; round++) {
        round(targets, target, attempts, outstanding, round);
      }
    }
  }

  private static void round(
      HttpTargets targets, Target.Http target, int attempts, int outstanding, int round)
      throws InterruptedException {
    AtomicLong left = new AtomicLong(attempts);
    AtomicLong failed = new AtomicLong();
    CountDownLatch over = new CountDownLatch(outstanding);
    long cpu = cpuNanos();
    long began = System.nanoTime();
    for (int i = 0; i < outstanding; i++) {
      new Chain(targets, target, left, failed, over).next();
    }
    over.await();
    long nanos = System.nanoTime() - began;
    System.out.printf(
        "round %d: %.0f/s, %.1f us CPU each, %d failed%n",
        round, attempts * 1e9 / nanos, (cpuNanos() - cpu) / 1e3 / attempts, failed.get());
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Starts an attempt when the one before it has ended. */
  private record Chain(
      HttpTargets targets,
      Target.Http target,
      AtomicLong left,
      AtomicLong failed,
      CountDownLatch over) {
    void next() {
      long number = left.getAndDecrement();
      if (number <= 0) {
        over.countDown();
      } else if (!targets.start(new Numbered(this, number))) {
        throw new IllegalStateException("the queue is full");
      }
    }
  }

  private record Numbered(Chain chain, long runNumber) implements Attempt {
    @Override
    public Target target() {
      return chain.target();
    }

    @Override
    public String taskId() {
      return "0b53e2b4-5d1f-4c5e-9d0a-6f1f0d6a7c11";
    }

    @Override
    public long generation() {
      return 1;
    }

    @Override
    public int number() {
      return 1;
    }

    @Override
    public long dueMillis() {
      return 1_700_000_000_123L;
    }

    @Override
    public boolean mayStart() {
      return true;
    }

    @Override
    public long startMillis() {
      return 1_700_000_000_124L;
    }

    @Override
    public long fencingToken() {
      return 123_456_789;
    }

    @Override
    public long mutexToken() {
      return NO_MUTEX;
    }

    @Override
    public String traceparent() {
      return "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    }

    @Override
    public void ended(Outcome outcome) {
      if (!outcome.success()) {
        chain.failed().incrementAndGet();
      }
      chain.next();
    }
  }
}
