package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.grid.PartitionEngine;
import io.xcron.grid.TaskSlots;
import io.xcron.model.Calendars;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.RunChange;
import io.xcron.model.RunLog;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.Attempt;
import io.xcron.target.Targets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The engine with its threads, a real clock, and a grid and targets that answer from a pool. */
class FireEngineTest implements Time, Targets {
  private static final int TASKS = 2_000;

  private final ExecutorService pool = Executors.newFixedThreadPool(2);
  private final Set<String> called = ConcurrentHashMap.newKeySet();
  private final AtomicInteger early = new AtomicInteger();
  private final CountDownLatch all = new CountDownLatch(TASKS);
  private final SimpleGrid grid = new SimpleGrid();

  @AfterEach
  void stopPool() {
    pool.shutdownNow();
  }

  @Test
  void thousandsOfOneShotsFireOnceAndAreWritten() throws InterruptedException {
    try (FireEngine engine = engine()) {
      grid.engine = engine.open(grid);
      engine.start();
      long now = nowMillis();
      for (int i = 0; i < TASKS; i++) {
        Task task = Tasks.once("t" + i, now + 100 + i / 10).build();
        grid.write(task.id(), new TaskChange.Create(task, now, now + 100 + i / 10)).join();
      }
      assertTrue(all.await(20, TimeUnit.SECONDS), "only " + called.size() + " were called");
      assertTrue(engine.drain(Duration.ofSeconds(10)));
      assertEquals(TASKS, grid.finished.get());
      assertEquals(0, early.get());
    }
  }

  private FireEngine engine() {
    return new FireEngine(
        grid,
        this,
        partition -> new Grant(partition, 1, 1, Long.MAX_VALUE),
        this,
        new ScheduleCache(),
        partition -> 0,
        FireConfig.defaults(),
        FireEvents.NONE,
        Calendars.NONE,
        RunLog.NONE,
        "here",
        new LocalMutexes(() -> 1));
  }

  @Override
  public void kill(Attempt attempt) {
    throw new UnsupportedOperationException("nothing is killed here");
  }

  @Override
  public boolean start(Attempt attempt) {
    pool.execute(
        () -> {
          if (attempt.mayStart()) {
            if (nowMillis() < attempt.dueMillis()) {
              early.incrementAndGet();
            }
            if (called.add(attempt.taskId())) {
              all.countDown();
            }
            attempt.ended(FakeWorld.OK);
          } else {
            attempt.ended(new io.xcron.target.Outcome.Withdrawn());
          }
        });
    return true;
  }

  @Override
  public void close() {}

  @Override
  public long nowMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /** Applies at once, on the pool. */
  private final class SimpleGrid extends UnsupportedGrid implements TaskSlots {
    private final ReentrantLock lock = new ReentrantLock();
    private final java.util.Map<String, Integer> slotOf = new java.util.HashMap<>();
    private final java.util.List<String> ids = new java.util.ArrayList<>();
    private final java.util.List<TaskRecord> records = new java.util.ArrayList<>();
    private final AtomicInteger finished = new AtomicInteger();
    private volatile @Nullable PartitionEngine engine;
    private long sequence;

    @Override
    public java.util.concurrent.CompletableFuture<Change.Applied> write(String id, Change change) {
      return java.util.concurrent.CompletableFuture.supplyAsync(() -> apply(id, change), pool);
    }

    private Change.Applied apply(String id, Change change) {
      PartitionEngine told = java.util.Objects.requireNonNull(engine);
      lock.lock();
      try {
        Integer slot = slotOf.get(id);
        TaskRecord before = slot == null ? null : records.get(slot);
        Change.Applied applied =
            change.apply(
                before,
                slot == null ? null : told.unwritten(slot),
                new Change.Stamp(1, ++sequence, nowMillis(), sequence));
        if (applied instanceof Change.Applied.Stored stored) {
          int at = slot == null ? ids.size() : slot;
          if (slot == null) {
            slotOf.put(id, at);
            ids.add(id);
            records.add(stored.record());
          }
          records.set(at, stored.record());
          told.changed(at, before, stored.record());
          finished.addAndGet(change instanceof RunChange.Finish ? 1 : 0);
        }
        return applied;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public int partition() {
      return 0;
    }

    @Override
    public Lock lock() {
      return lock;
    }

    @Override
    public String id(int slot) {
      return ids.get(slot);
    }

    @Override
    public TaskRecord record(int slot) {
      return records.get(slot);
    }
  }
}
