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

/** Clients that create and delete one-shots through all members of a cluster, until it is over. */
final class Storm {
  private static final int CLIENTS = 6;

  private final MemberCluster cluster;
  private final Books books;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<Thread> clients = new ArrayList<>();
  private final Queue<AssertionError> failures = new ConcurrentLinkedQueue<>();

  /** Begins at once. */
  Storm(MemberCluster cluster, Books books, Random random) {
    this.cluster = cluster;
    this.books = books;
    for (int i = 0; i < CLIENTS; i++) {
      Random own = new Random(random.nextLong());
      clients.add(Thread.ofVirtual().start(() -> client(own)));
    }
  }

  /** No client begins anything any more. */
  void end() {
    over.countDown();
  }

  /**
   * After the storm: every one-shot has fired, as the books want it, and every member knows which
   * tasks there are.
   */
  void balance(CallbackSink sink) throws IOException, InterruptedException {
    for (Thread client : clients) {
      client.join();
    }
    if (!failures.isEmpty()) {
      throw failures.element();
    }
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
        if (running.isEmpty()) {
          pause(50);
          continue;
        }
        MemberProcess member = running.get(own.nextInt(running.size()));
        if (!mine.isEmpty() && own.nextInt(6) == 0) {
          books.delete(member, mine.remove(own.nextInt(mine.size())));
        } else {
          String id = "t" + Long.toHexString(own.nextLong());
          if (books.create(member, own, id).status() == 201) {
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
