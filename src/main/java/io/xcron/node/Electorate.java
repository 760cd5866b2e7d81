package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Those that vote, as their majority said last.
 *
 * <p>After their number was raised online CP's groups keep the members that they had until a
 * restart of all, so fewer decide than are counted here: a majority may then be thought to live
 * that cannot decide, and an operator must say that it is dead.
 *
 * @param seed of the CP Subsystem that they are of: a reset makes another; each that was found
 *     without one has the same
 */
record Electorate(long seed, List<Voter> voters) {
  private static final String SEED = "voters_seed";
  private static final String VOTERS = "voters";
  private static final String ID = "id";
  private static final String START = "start";
  private static final String HOST = "host";
  private static final String PORT = "port";

  /**
   * One that votes.
   *
   * @param id its name in CP, another than that of its member if it was promoted
   * @param start the member that said it votes so; null if none has yet
   */
  record Voter(UUID id, @Nullable UUID start, Address address) {}

  Electorate {
    voters = List.copyOf(voters);
  }

  /**
   * A member that is present, and what it says.
   *
   * @param votesAs as which voter it knows itself; null if it does not vote
   * @param asked whether it has asked to vote and is not answered yet, so that it may vote under a
   *     name that it does not know
   * @param known who votes as far as it knew before that; null if it knows nothing
   */
  record Witness(
      Address address,
      UUID start,
      @Nullable UUID votesAs,
      boolean asked,
      @Nullable Electorate known) {
    /** Whether it votes and does not know with whom. */
    boolean isNew() {
      return votesAs != null && !knows(votesAs);
    }

    /** Whether it is not a voter of its address, and will never be: names are not used twice. */
    boolean denies(Voter voter) {
      return address.equals(voter.address())
          && !asked
          && !voter.id().equals(votesAs)
          && knows(voter.id());
    }

    private boolean knows(UUID id) {
      return known != null && known.voters.stream().anyMatch(voter -> voter.id().equals(id));
    }
  }

  /**
   * Those of them that are here. One that died counts no more, even before the majority has given
   * it up; nor one that is only being promoted.
   */
  Set<UUID> here(Collection<ClusterFigures.MemberFigure> members) {
    Collection<UUID> starts = starts(Stream.of(this)).values();
    return members.stream()
        .map(one -> one.member().getUuid())
        .filter(starts::contains)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Whether a majority is dead for certain: so many voters are no more among the starts that are
   * present, though each one's address is held, that the others cannot decide without them; and no
   * configured member is missing that might vote without our knowledge. What one of them knows may
   * be old, so it must be so by everything that is known. A majority that lives and is only silent
   * is never given up: it could go on beside a new one.
   *
   * @param size how many members there shall be
   * @param present all that are, with what they know of one CP Subsystem
   */
  static boolean surelyLost(int size, Collection<Witness> present) {
    if (present.size() < size
        || present.stream().anyMatch(Witness::isNew)
        || present.stream().allMatch(one -> one.known() == null)) {
      return false;
    }
    Map<UUID, UUID> starts = starts(known(present));
    return known(present)
        .allMatch(
            one ->
                one.voters.stream().filter(voter -> mayLive(voter, starts, present)).count()
                    < one.voters.size() / 2 + 1);
  }

  private static boolean mayLive(Voter voter, Map<UUID, UUID> starts, Collection<Witness> present) {
    UUID start = starts.get(voter.id());
    return present.stream()
        .noneMatch(
            one ->
                start == null
                    ? one.denies(voter)
                    : one.address().equals(voter.address())
                        && !one.start().equals(start)
                        && !voter.id().equals(one.votesAs()));
  }

  private static Stream<Electorate> known(Collection<Witness> present) {
    return present.stream().map(Witness::known).filter(Objects::nonNull);
  }

  private static Map<UUID, UUID> starts(Stream<Electorate> known) {
    Map<UUID, UUID> starts = new HashMap<>();
    known
        .flatMap(one -> one.voters.stream())
        .filter(voter -> voter.start() != null)
        .forEach(voter -> starts.put(voter.id(), voter.start()));
    return starts;
  }

  /** Adds it to a member's figure. */
  void tell(ObjectNode figure) {
    ArrayNode list = figure.put(SEED, seed).putArray(VOTERS);
    for (Voter voter : voters) {
      ObjectNode one = list.addObject().put(ID, voter.id().toString());
      one.put(HOST, voter.address().getHost()).put(PORT, voter.address().getPort());
      if (voter.start() != null) {
        one.put(START, voter.start().toString());
      }
    }
  }

  /** What a member's figure says of them; null if nothing. */
  static @Nullable Electorate told(JsonNode figure) {
    if (!figure.has(SEED)) {
      return null;
    }
    List<Voter> voters = new ArrayList<>();
    for (JsonNode one : figure.path(VOTERS)) {
      voters.add(
          new Voter(
              UUID.fromString(one.path(ID).asText()),
              one.has(START) ? UUID.fromString(one.path(START).asText()) : null,
              Address.createUnresolvedAddress(one.path(HOST).asText(), one.path(PORT).asInt())));
    }
    return new Electorate(figure.path(SEED).asLong(), voters);
  }
}
