package io.xcron;

import io.xcron.model.TaskState;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks to list: those that fit every part given.
 *
 * @param namespace null for any
 * @param labels all of these; empty for any
 * @param state null for any
 * @param prefix a word of the name, or the id, begins so, without case; null for any
 * @param cursor what the page before gave; null for the first page
 * @param limit 1 to 1,000 tasks in a page; others are refused by the list
 */
public record TaskQuery(
    @Nullable String namespace,
    Map<String, String> labels,
    @Nullable TaskState state,
    @Nullable String prefix,
    @Nullable String cursor,
    int limit) {
  /** All tasks, 100 in a page. */
  public static final TaskQuery ALL = new TaskQuery(null, Map.of(), null, null, null, 100);

  /** Copies the labels. */
  public TaskQuery {
    labels = Map.copyOf(labels);
  }

  /** The same with one label more. */
  public TaskQuery withLabel(String name, String value) {
    Map<String, String> more = new TreeMap<>(labels);
    more.put(name, value);
    return new TaskQuery(namespace, more, state, prefix, cursor, limit);
  }

  /** The same with another namespace. */
  public TaskQuery withNamespace(String name) {
    return new TaskQuery(name, labels, state, prefix, cursor, limit);
  }

  /** The same with another state. */
  public TaskQuery withState(TaskState one) {
    return new TaskQuery(namespace, labels, one, prefix, cursor, limit);
  }

  /** The same with so many tasks in a page. */
  public TaskQuery withLimit(int most) {
    return new TaskQuery(namespace, labels, state, prefix, cursor, most);
  }

  /** The page after this one; a page without a cursor was the last. */
  public TaskQuery after(TaskList page) {
    return new TaskQuery(namespace, labels, state, prefix, page.cursor(), limit);
  }
}
