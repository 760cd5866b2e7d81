package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** Clients that create and delete one-shots through all members of a cluster, until it is over. */
final class Storm {
  private final MemberCluster cluster;
  private final Books books;
  private final long pauseMillis;
  private final ToLongFunction<Random> due;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> clients = new ArrayList<>();
  private final Queue<AssertionError> failures = new ConcurrentLinkedQueue<>();

  private Storm(
      MemberCluster cluster,
      Books books,
      Random random,
      int count,
      long pauseMillis,
      ToLongFunction<Random> due) {
    this.cluster = cluster;
    this.books = books;
    this.pauseMillis = pauseMillis;
    this.due = due;
    for (int i = 0; i < count; i++) {
      Random own = new Random(random.nextLong());
      clients.add(Thread.ofVirtual().start(() -> client(own)));
    }
  }

  /** As many requests as the members take, of tasks that are due within seconds; from now on. */
  static Storm hard(MemberCluster cluster, Books books, Random random) {
    return new Storm(cluster, books, random, 6, 0, Books::soon);
  }

  /** A request now and then, which leaves the members to other work; from now on. */
  static Storm light(
      MemberCluster cluster, Books books, Random random, ToLongFunction<Random> due) {
    return new Storm(cluster, books, random, 3, 5, due);
  }

  /** No client begins anything any more. */
  void end() {
    over.countDown();
  }

  /** Waits for the last requests; throws what a client found wrong. */
  void join() throws InterruptedException {
    end();
    for (Thread client : clients) {
      client.join();
    }
    if (!failures.isEmpty()) {
      throw failures.element();
    }
  }

  /**
   * After the storm: every one-shot has fired, as the books want it, and every member knows which
   * tasks there are.
   */
  void balance(CallbackSink sink) throws IOException, InterruptedException {
    join();
    cluster.start();
    cluster.awaitWhole();
    sink.await("every one-shot has fired", 90, () -> books.missing().isEmpty());
    System.out.println(books.checkCallbacks());
    assertTrue(books.acknowledged() > 100, "no storm");
    for (MemberProcess member : cluster.running()) {
      books.checkTasks(member);
    }
  }

  private void client(Random own) {
    List<String> mine = new ArrayList<>();
    while (over.getCount() > 0) {
      List<MemberProcess> running = cluster.running();
      try {
        pause(running.isEmpty() ? 50 : pauseMillis);
        if (running.isEmpty()) {
          continue;
        }
        MemberProcess member = running.get(own.nextInt(running.size()));
        if (!mine.isEmpty() && own.nextInt(6) == 0) {
          books.delete(member, mine.remove(own.nextInt(mine.size())));
        } else {
          String id = "t" + Long.toHexString(own.nextLong());
          if (books.create(member, due.applyAsLong(own), id).status() == 201) {
            mine.add(id);
          }
        }
      } catch (IOException killed) {
        // The task is in doubt, and the next is tried with another member.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (AssertionError e) {
        failures.add(e);
        return;
      }
    }
  }

  /** The time between two faults is part of the fault, so it is spent and not awaited. */
  static void pause(long millis) throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
  }
}
