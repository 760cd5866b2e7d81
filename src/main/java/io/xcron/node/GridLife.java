package io.xcron.node;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The life of this member's Hazelcast instance in a cluster: it is started, and started again when
 * it has given up, as it does when a member is lost while the first voters are found, or when
 * {@link #restart} asks for it. The process lives on, and so does its API, which tells how it is.
 *
 * <p>What stands on an instance comes and goes with it ({@link Tenant}): each start is another
 * member to the others, owns nothing, and recovers through its journal like any that joins.
 *
 * <p>Between two starts lies a pause of {@link #FIRST_PAUSE}, doubled up to {@link #LONGEST_PAUSE}
 * while starts fail or do not last, and longer by a random half, so that members that failed
 * together do not meet again.
 */
final class GridLife implements InstanceLife {
  static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /**
   * Longer spares a cluster that cannot be joined; but who is split off again and again within
   * {@link #LASTING} shall serve 30 s after the last healing, with a join that takes ten of them.
   */
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);

  /** A start that lasted for so long was none of those that fail. */
  private static final Duration LASTING = Duration.ofMinutes(1);

  private static final Logger LOG = System.getLogger(GridLife.class.getName());

  private final Supplier<Config> config;
  private final Tenant tenant;
  private final Admission admission;
  private final Duration firstPause;
  private final AtomicReference<@Nullable Start> current = new AtomicReference<>();

  /** Reasons to start again, handed to the supervisor when it waits for one; others are dropped. */
  private final SynchronousQueue<String> reasons = new SynchronousQueue<>();

  private final Thread supervisor;
  private volatile boolean closing;
  private final AtomicInteger starts = new AtomicInteger();
  private volatile Set<Address> otherClusters = Set.of();

  private record Start(HazelcastInstance instance, AutoCloseable rooms, long nanos) {}

  /**
   * @param config makes a new configuration for each start
   */
  GridLife(Supplier<Config> config, Tenant tenant, Admission admission) {
    this(config, tenant, admission, FIRST_PAUSE);
  }

  GridLife(Supplier<Config> config, Tenant tenant, Admission admission, Duration firstPause) {
    this.config = config;
    this.tenant = tenant;
    this.admission = admission;
    this.firstPause = firstPause;
    this.supervisor =
        Thread.ofPlatform().name("xcron-grid-life").daemon().unstarted(this::supervise);
  }

  /**
   * Starts for the first time, in the caller's thread: what fails now is an error of the
   * configuration or of the surroundings, and is thrown. Afterwards failures lead to another start.
   */
  @Override
  public void start() throws Exception {
    current.set(open());
    supervisor.start();
  }

  /** A Hazelcast instance as xcron starts each, with its own check of who may join. */
  static HazelcastInstance open(Config config) {
    return open(config, new JoinCheck(null));
  }

  private static HazelcastInstance open(Config config, JoinCheck check) {
    return HazelcastInstanceFactory.newHazelcastInstance(config, null, check);
  }

  private Start open() throws Exception {
    JoinCheck joining = new JoinCheck(admission);
    HazelcastInstance instance = open(config.get(), joining);
    otherClusters = joining.otherClusters();
    try {
      Start start = new Start(instance, tenant.moveIn(instance), System.nanoTime());
      starts.incrementAndGet();
      instance
          .getLifecycleService()
          .addLifecycleListener(
              event -> {
                if (event.getState() == LifecycleEvent.LifecycleState.SHUTDOWN) {
                  Thread.ofVirtual().start(() -> ended(start));
                }
              });
      return start;
    } catch (Exception e) {
      instance.getLifecycleService().terminate();
      throw e;
    }
  }

  private void ended(Start start) {
    if (start.equals(current.get())) {
      restart("its Hazelcast instance has ended");
    }
  }

  /** The running instance; null between two starts. */
  @Override
  public @Nullable HazelcastInstance instance() {
    Start now = current.get();
    return now == null || !now.instance().getLifecycleService().isRunning() ? null : now.instance();
  }

  @Override
  public Set<Address> otherClusters() {
    return otherClusters;
  }

  /** How often the instance was started. */
  @Override
  public int starts() {
    return starts.get();
  }

  /** Asks for another start; without effect while one is under way. */
  @Override
  public void restart(String reason) {
    var unused = reasons.offer(reason);
  }

  private void supervise() {
    Duration pause = firstPause;
    while (!closing) {
      try {
        String reason = awaitReason();
        if (reason == null) {
          continue;
        }
        Start ended = current.getAndSet(null);
        boolean lasted = ended != null && System.nanoTime() - ended.nanos() >= LASTING.toNanos();
        pause = lasted ? firstPause : pause;
        LOG.log(Logger.Level.WARNING, "this member starts again: {0}", reason);
        end(ended);
        pause = startAgain(pause);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private @Nullable String awaitReason() throws InterruptedException {
    String reason = reasons.poll(1, TimeUnit.SECONDS);
    Start now = current.get();
    // An end that fell between two looks at the queue.
    return reason == null && now != null && !now.instance().getLifecycleService().isRunning()
        ? "its Hazelcast instance has ended"
        : reason;
  }

  /** Returns the pause before the start after this one, if it does not last. */
  private Duration startAgain(Duration first) throws InterruptedException {
    Duration pause = first;
    while (!closing) {
      long millis = pause.toMillis();
      Thread.sleep(millis + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
      try {
        Start next = open();
        current.set(next);
        if (closing) {
          end(current.getAndSet(null));
        }
        return pause;
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        LOG.log(Logger.Level.WARNING, "this member could not start again; it tries on", e);
      }
    }
    return pause;
  }

  private static void end(@Nullable Start start) {
    if (start == null) {
      return;
    }
    try {
      start.rooms().close();
    } catch (Exception e) {
      LOG.log(Logger.Level.WARNING, "a part of the ended start did not close in order", e);
    }
    start.instance().getLifecycleService().terminate();
  }

  @Override
  public void leave(boolean inOrder) {
    closing = true;
    supervisor.interrupt();
    Start last = current.getAndSet(null);
    if (last == null) {
      return;
    }
    if (inOrder) {
      // What stands on it hands over while Hazelcast moves its replicas away.
      last.instance().getLifecycleService().shutdown();
    }
    end(last);
  }

  @Override
  public void close() {
    leave(false);
  }
}
