package io.xcron.http;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What the door knows of commands and where they run.
 *
 * @param enabled whether this member runs commands; if not, it takes no tasks with them either
 * @param groups the members of each machine group that is here now, by its name
 * @param workers the addresses of the members that are here now and run commands, {@code host:port}
 */
public record ShellDoor(
    boolean enabled, Supplier<Map<String, List<String>>> groups, Supplier<List<String>> workers) {
  /** No commands and no groups. */
  public static final ShellDoor CLOSED = new ShellDoor(false, Map::of, List::of);
}
