package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A client that walks the list from its first page to its last, again and again, while members come
 * and go. A page that is refused or incomplete is asked for once more, as the contract says.
 */
final class ListWalker {
  private final MemberProcess member;
  private final Set<String> staying;
  private final AtomicBoolean over = new AtomicBoolean();
  private final Thread thread = Thread.ofVirtual().unstarted(this::run);
  private volatile @Nullable Throwable failure;
  private final AtomicInteger walks = new AtomicInteger();
  private final AtomicInteger again = new AtomicInteger();

  /**
   * @param staying tasks that are there throughout; others may come and go
   */
  ListWalker(MemberProcess member, Set<String> staying) {
    this.member = member;
    this.staying = staying;
    thread.start();
  }

  private void run() {
    try {
      while (!over.get()) {
        walk();
        walks.incrementAndGet();
      }
    } catch (IOException | InterruptedException | AssertionError e) {
      failure = e;
    }
  }

  private void walk() throws IOException, InterruptedException {
    List<String> listed = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = page("/api/v1/tasks?limit=173" + cursor);
      page.path("tasks")
          .forEach(
              task -> {
                if (staying.contains(task.path("id").asText())) {
                  listed.add(task.path("id").asText());
                }
              });
      JsonNode next = page.path("next_cursor");
      cursor = next.isNull() ? "" : "&cursor=" + next.asText();
    } while (!cursor.isEmpty());
    assertEquals(staying.size(), new HashSet<>(listed).size(), "a task is missing");
    assertEquals(staying.size(), listed.size(), "a task is listed twice");
  }

  private JsonNode page(String path) throws IOException, InterruptedException {
    for (int tries = 0; tries < 200; tries++) {
      MemberProcess.Answer answer = member.get(path);
      if (answer.status() == 200 && !answer.json().path("incomplete").asBoolean()) {
        return answer.json();
      }
      again.incrementAndGet();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
    throw new AssertionError("no complete page of " + path);
  }

  /** Ends after the walk under way; fails if any walk has. */
  void end() throws InterruptedException {
    over.set(true);
    thread.join();
    if (failure != null) {
      throw new AssertionError("a walk went wrong", failure);
    }
    System.out.println(
        walks + " walks over " + staying.size() + " tasks, " + again + " pages asked for again");
  }
}
