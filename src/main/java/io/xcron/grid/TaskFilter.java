package io.xcron.grid;

import io.xcron.model.TaskState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks to list: all that fit every part given.
 *
 * @param labels all of these; empty for any
 * @param prefix a word in the name, or the id, begins so, without case; null for any
 */
public record TaskFilter(
    @Nullable String namespace,
    Map<String, String> labels,
    @Nullable TaskState state,
    @Nullable String prefix) {
  public static final TaskFilter ALL = new TaskFilter(null, Map.of(), null, null);

  public TaskFilter {
    labels = Map.copyOf(labels);
  }
}
