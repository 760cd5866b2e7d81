package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The clients of {@link LoadSoak}: half of the fires are those of recurring tasks that fire each
 * second, half those of one-shots. Each client has one request under way; one that is behind sends
 * the next at once, so at most what it is behind by adds up, and {@link #refused} says what was not
 * taken.
 */
final class SoakLoad implements AutoCloseable {
  private static final long IMPORT_MILLIS = 250;
  private static final int SINGLES_PART = 40;
  private static final double DELETED_PART = 0.02;
  private static final int AHEAD_MILLIS = 30_000;
  private static final int CRON_EACH = 10;
  private static final int TRIES = 60;
  private static final int BATCH = 200;

  private final MemberCluster cluster;
  private final SoakLedger ledger;
  private final String url;
  private final int fires;
  private final Random random;
  private final CompletableFuture<Void> failure;
  private final ScheduledExecutorService threads;
  private final AtomicLong ids = new AtomicLong();

  /** What shall be deleted; when it is full, fewer are. */
  private final BlockingQueue<Doomed> doomed = new ArrayBlockingQueue<>(10_000);

  private int churned;
  final LongAdder creates = new LongAdder();
  final LongAdder deletes = new LongAdder();
  final LongAdder refused = new LongAdder();

  private record Doomed(String id, long dueMillis) {}

  /**
   * @param fires wanted in each second
   * @param failure told when a client breaks
   */
  SoakLoad(
      MemberCluster cluster,
      SoakLedger ledger,
      String url,
      int fires,
      Random random,
      CompletableFuture<Void> failure) {
    this.cluster = cluster;
    this.ledger = ledger;
    this.url = url;
    this.fires = fires;
    this.random = random;
    this.failure = failure;
    this.threads = Executors.newScheduledThreadPool(3 * cluster.size() + 1);
  }

  /** Creates the recurring tasks and starts the clients. */
  void start() throws IOException, InterruptedException {
    int count = fires / 2;
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ledger.recurringCreating("e" + i);
      all.add(i);
    }
    createRecurring(all);
    double singles = (double) fires / SINGLES_PART;
    int size = cluster.size();
    for (int i = 0; i < size; i++) {
      MemberProcess member = cluster.member(i);
      int batch = (int) Math.round((count - singles) * IMPORT_MILLIS / 1_000);
      each(i * IMPORT_MILLIS, size * IMPORT_MILLIS, () -> importBatch(member, batch));
      each(0, Math.max(1, Math.round(size * 1_000 / singles)), () -> createSingle(member));
      each(0, 10, () -> deleteOne(member));
    }
    each(60_000, 60_000, this::churn);
  }

  /**
   * What is refused is sent again, with a limit, and word for word: it may be stored all the same,
   * and with another start the run that was pending would be left out, its number too.
   */
  private void createRecurring(List<Integer> all) throws IOException, InterruptedException {
    Map<Integer, String> texts = new HashMap<>();
    all.forEach(i -> texts.put(i, recurring(i)));
    List<Integer> left = all;
    JsonNode error = MissingNode.getInstance();
    for (int tries = 0; tries < TRIES && !left.isEmpty(); tries++) {
      List<Integer> batch = left.subList(0, Math.min(BATCH, left.size()));
      StringBuilder lines = new StringBuilder();
      batch.forEach(i -> lines.append(texts.get(i)).append('\n'));
      Set<Integer> refusedNow = new LinkedHashSet<>(batch);
      MemberProcess member = cluster.member(tries % cluster.size());
      for (JsonNode answer : member.importAnswers(lines.toString())) {
        if (answer.has("id")) {
          Integer taken = batch.get(answer.path("line").asInt() - 1);
          ledger.recurringCreated("e" + taken, System.currentTimeMillis());
          refusedNow.remove(taken);
        } else if (!answer.has("imported")) {
          error = answer;
          refused.increment();
        }
      }
      List<Integer> next = new ArrayList<>(left.subList(batch.size(), left.size()));
      next.addAll(refusedNow);
      left = next;
      if (!refusedNow.isEmpty()) {
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
      }
    }
    if (!left.isEmpty()) {
      throw new AssertionError(left.size() + " recurring tasks are not taken: " + error);
    }
  }

  /** A step of a client. */
  private interface Step {
    void run() throws IOException, InterruptedException;
  }

  private void each(long delayMillis, long everyMillis, Step step) {
    var unused =
        threads.scheduleAtFixedRate(
            () -> {
              try {
                step.run();
              } catch (IOException unanswered) {
                refused.increment();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException | AssertionError e) {
                failure.completeExceptionally(e);
              }
            },
            delayMillis,
            everyMillis,
            TimeUnit.MILLISECONDS);
  }

  private void importBatch(MemberProcess member, int size)
      throws IOException, InterruptedException {
    StringBuilder lines = new StringBuilder();
    List<Doomed> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Doomed task = next();
      batch.add(task);
      lines.append(oneShot(task)).append('\n');
    }
    for (JsonNode answer : member.importAnswers(lines.toString())) {
      if (answer.has("id")) {
        created(batch.get(answer.path("line").asInt() - 1));
      } else if (answer.has("error")) {
        refused.increment();
      } else if (!answer.has("imported")) {
        // The whole request is refused.
        refused.add(size);
      }
    }
  }

  private void createSingle(MemberProcess member) throws IOException, InterruptedException {
    Doomed task = next();
    int status = member.call("PUT", "/api/v1/tasks/" + task.id(), oneShot(task)).status();
    if (status / 100 == 2) {
      created(task);
    } else {
      refused.increment();
    }
  }

  private Doomed next() {
    Doomed task =
        new Doomed(
            "o" + ids.incrementAndGet(),
            System.currentTimeMillis() + 1_000 + random.nextInt(AHEAD_MILLIS - 1_000));
    ledger.creating(task.id(), task.dueMillis());
    return task;
  }

  private void created(Doomed task) {
    creates.increment();
    ledger.created(task.id());
    if (random.nextDouble() < DELETED_PART) {
      boolean unused = doomed.offer(task);
    }
  }

  /** Deletes those that are not due too soon: an attempt that has started may still arrive. */
  private void deleteOne(MemberProcess member) throws IOException, InterruptedException {
    Doomed task = doomed.poll();
    if (task == null || task.dueMillis() - System.currentTimeMillis() < 1_000) {
      return;
    }
    ledger.deleting(task.id());
    int status = member.call("DELETE", "/api/v1/tasks/" + task.id(), "").status();
    long now = System.currentTimeMillis();
    if (status / 100 == 2) {
      ledger.deleted(task.id(), now);
      deletes.increment();
    } else if (status == 404 && now < task.dueMillis()) {
      ledger.gone(task.id());
    } else {
      refused.increment();
    }
  }

  /** Deletes one of a hundred recurring tasks, and creates them again some seconds later. */
  private void churn() throws IOException, InterruptedException {
    int count = fires / 2;
    List<Integer> some = new ArrayList<>();
    for (int i = 0; i < Math.max(1, count / 100); i++) {
      some.add(churned++ % count);
    }
    for (int i : some) {
      ledger.recurringDeleting("e" + i);
      insist(i, "DELETE", "");
      ledger.recurringDeleted("e" + i, System.currentTimeMillis());
      deletes.increment();
    }
    LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
    for (int i : some) {
      insist(i, "PUT", recurring(i));
      ledger.recurringCreated("e" + i, System.currentTimeMillis());
      creates.increment();
    }
  }

  private void insist(int i, String method, String body) throws InterruptedException {
    for (int tries = 0; tries < TRIES; tries++) {
      try {
        MemberProcess member = cluster.member((i + tries) % cluster.size());
        int status = member.call(method, "/api/v1/tasks/e" + i, body).status();
        // Not found may be the answer to a delete that was done without an answer.
        if (status / 100 == 2 || (status == 404 && method.equals("DELETE") && tries > 0)) {
          return;
        }
      } catch (IOException unanswered) {
        // As if it were refused.
      }
      refused.increment();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
    }
    throw new AssertionError(method + " of e" + i + " is not taken");
  }

  private String recurring(int i) {
    String schedule = i % CRON_EACH == 0 ? "\"cron\":\"* * * * * *\"" : "\"every\":\"1s\"";
    // Spread over the second.
    long start = System.currentTimeMillis() / 1_000 * 1_000 + 2_000 + i * 1_000L / (fires / 2);
    return "{\"id\":\"e%d\",\"schedule\":{%s},\"start\":%d,%s,\"policy\":{\"misfire\":\"all\",\"overlap\":\"queue\",\"queue\":60,%s}}"
        .formatted(i, schedule, start, target(), retry());
  }

  private String oneShot(Doomed task) {
    return "{\"id\":\"%s\",\"schedule\":{\"at\":%d},\"delete_after\":\"30s\",%s,\"policy\":{%s}}"
        .formatted(task.id(), task.dueMillis(), target(), retry());
  }

  private String target() {
    return "\"target\":{\"http\":{\"url\":\"%s\"}}".formatted(url);
  }

  private static String retry() {
    return "\"retry\":{\"attempts\":5,\"backoff\":\"200ms\"}";
  }

  /** Stops the clients; the recurring tasks go on. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(70, TimeUnit.SECONDS)) {
        throw new AssertionError("the clients do not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
