package io.xcron.alert;

import io.xcron.model.Alert;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What each task has told of late. Bounded: of more than {@code most} tasks the one that was not
 * heard of for longest is forgotten, and may tell again too early. One thread at a time.
 */
final class Throttle {
  /** How long it is taken for granted that a task tells nobody. */
  private static final long UNWANTED_NANOS = Duration.ofSeconds(5).toNanos();

  private final Duration pause;
  private final Map<String, Task> tasks;

  Throttle(Duration pause, int most) {
    this.pause = pause;
    tasks =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Task> eldest) {
            return size() > most;
          }
        };
  }

  private static final class Event {
    private long quietUntilNanos;
    private boolean told;
    private long held;
  }

  /** Of one task. */
  static final class Task {
    private final Map<Alert.On, Event> events = new EnumMap<>(Alert.On.class);

    /** Whether nothing is to be told now; it is counted if it would have been told. */
    boolean quiet(Alert.On on, long nowNanos) {
      Event event = events.get(on);
      if (event == null || nowNanos - event.quietUntilNanos >= 0) {
        return false;
      }
      event.held += event.told ? 1 : 0;
      return true;
    }

    /** Nobody wants to hear this of the task. */
    void unwanted(Alert.On on, long nowNanos) {
      Event event = new Event();
      event.quietUntilNanos = nowNanos + UNWANTED_NANOS;
      events.put(on, event);
    }

    /** It is being told; answers how many were held back before. */
    long told(Alert.On on, long nowNanos, Duration pause) {
      Event event = events.computeIfAbsent(on, any -> new Event());
      long held = event.held;
      event.held = 0;
      event.told = true;
      event.quietUntilNanos = nowNanos + pause.toNanos();
      return held;
    }
  }

  Task of(String taskId) {
    return tasks.computeIfAbsent(taskId, id -> new Task());
  }

  Duration pause() {
    return pause;
  }

  int size() {
    return tasks.size();
  }
}
