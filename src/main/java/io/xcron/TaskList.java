package io.xcron;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param tasks in the order of partition and id
 * @param cursor where the next page begins, for {@link TaskQuery#after}; null for the last page
 * @param incomplete whether a part of the tasks could not be asked, so that some may be missing
 */
public record TaskList(List<TaskInfo> tasks, @Nullable String cursor, boolean incomplete) {
  /** Copies the list. */
  public TaskList {
    tasks = List.copyOf(tasks);
  }
}
