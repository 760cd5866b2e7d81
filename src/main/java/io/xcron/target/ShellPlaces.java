package io.xcron.target;

import io.xcron.model.Target;
import java.util.List;
import java.util.Set;

/** Which members may run a command. Any thread may ask; no call blocks. */
public interface ShellPlaces {
  /**
   * The members that the place names, that are here now and that run commands; empty when there is
   * none. A broadcast runs on all of them, anything else on one.
   */
  List<String> candidates(Target.Place place);

  /** No member runs commands. */
  static ShellPlaces none() {
    return place -> List.of();
  }

  /**
   * A member that runs alone.
   *
   * @param member its address, {@code host:port}; a place may also name the host only
   */
  static ShellPlaces alone(String member, Set<String> groups) {
    Set<String> belongs = Set.copyOf(groups);
    List<String> itself = List.of(member);
    return place ->
        switch (place) {
          case Target.Place.Member named ->
              named.name().equals(member) || named.name().equals(hostOf(member))
                  ? itself
                  : List.of();
          case Target.Place.Group group -> belongs.contains(group.name()) ? itself : List.of();
          case Target.Place.Any any -> itself;
          case Target.Place.Broadcast all -> itself;
        };
  }

  private static String hostOf(String member) {
    int colon = member.lastIndexOf(':');
    return colon < 0 ? member : member.substring(0, colon);
  }

  /** Why a place has no candidates. */
  static String missing(Target.Place place) {
    return switch (place) {
      case Target.Place.Member named ->
          "no member " + named.name() + " that runs shell commands is here";
      case Target.Place.Group group ->
          "no member of group " + group.name() + " that runs shell commands is here";
      case Target.Place.Any any -> "no member that runs shell commands is here";
      case Target.Place.Broadcast all -> "no member that runs shell commands is here";
    };
  }
}
