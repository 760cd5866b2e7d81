package io.xcron.target;

import io.xcron.model.Target;
import java.util.List;

/** Which members may run a command. Any thread may ask; no call blocks. */
public interface ShellPlaces {
  /**
   * The members that the place names, that are here now and that run commands; empty when there is
   * none. A broadcast runs on all of them, anything else on one.
   */
  List<String> candidates(Target.Place place);

  /** The members that a link knows of. */
  static ShellPlaces among(MemberLink link) {
    return place ->
        link.members().stream()
            .filter(MemberLink.Peer::shell)
            .filter(peer -> isMeant(place, peer))
            .map(MemberLink.Peer::name)
            .toList();
  }

  private static boolean isMeant(Target.Place place, MemberLink.Peer peer) {
    return switch (place) {
      case Target.Place.Member named -> peer.isCalled(named.name());
      case Target.Place.Group group -> peer.groups().contains(group.name());
      case Target.Place.Any any -> true;
      case Target.Place.Broadcast all -> true;
    };
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
