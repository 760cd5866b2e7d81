package io.xcron.grid;

import io.xcron.model.TaskRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param next where the next page begins; null when this is the last
 * @param incomplete whether a partition could not be asked, so that tasks may be missing
 */
public record TaskPage(List<Entry> entries, @Nullable TaskCursor next, boolean incomplete) {
  public TaskPage {
    entries = List.copyOf(entries);
  }

  /** A task with its id. */
  public record Entry(String id, TaskRecord record) {}
}
