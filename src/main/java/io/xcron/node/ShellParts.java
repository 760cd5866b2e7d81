package io.xcron.node;

import io.xcron.history.LiveOutput;
import io.xcron.http.ShellDoor;
import io.xcron.target.CommandOutput;
import io.xcron.target.LocalShell;
import io.xcron.target.ShellPlaces;
import io.xcron.target.ShellTargets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What runs commands on this member, and what the door tells of it. */
final class ShellParts {
  private ShellParts() {}

  /**
   * A member that runs no commands still answers for tasks that have some: their runs fail, and say
   * why.
   */
  static ShellTargets targets(NodeConfig config, String member) {
    ShellTargets.Bounds bounds = ShellTargets.Bounds.DEFAULT;
    ShellPlaces places =
        config.shellEnabled()
            ? ShellPlaces.alone(member, Set.copyOf(config.groups()))
            : ShellPlaces.none();
    return new ShellTargets(places, new LocalShell(member, bounds.atOnce()), bounds);
  }

  /** What commands write while they run on this member. */
  static LiveOutput liveOutput(ShellTargets targets) {
    return (taskId, number, offset) -> {
      CommandOutput output = targets.liveOutput(taskId, number);
      if (output == null) {
        return null;
      }
      CommandOutput.Chunk chunk = output.read(offset);
      return new LiveOutput.Part(chunk.text(), chunk.next());
    };
  }

  static ShellDoor door(NodeConfig config, String member) {
    List<String> itself = List.of(member);
    Map<String, List<String>> groups =
        config.groups().stream()
            .distinct()
            .collect(Collectors.toUnmodifiableMap(Function.identity(), group -> itself));
    List<String> workers = config.shellEnabled() ? itself : List.of();
    return new ShellDoor(config.shellEnabled(), () -> groups, () -> workers);
  }
}
