package io.xcron.node;

import io.xcron.history.LiveOutput;
import io.xcron.http.ShellDoor;
import io.xcron.target.CommandOutput;
import io.xcron.target.MemberLink;
import io.xcron.target.ShellTargets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the door tells of commands and of who runs them. */
final class ShellParts {
  private ShellParts() {}

  /** What the commands of this member's tasks write while they run, wherever that is. */
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

  static ShellDoor door(MemberLink link) {
    return new ShellDoor(link.self().shell(), () -> groups(link), () -> workers(link));
  }

  private static Map<String, List<String>> groups(MemberLink link) {
    Map<String, List<String>> groups = new TreeMap<>();
    for (MemberLink.Peer member : link.members()) {
      for (String group : member.groups()) {
        groups.computeIfAbsent(group, name -> new ArrayList<>()).add(member.name());
      }
    }
    return groups;
  }

  private static List<String> workers(MemberLink link) {
    return link.members().stream()
        .filter(MemberLink.Peer::shell)
        .map(MemberLink.Peer::name)
        .toList();
  }
}
