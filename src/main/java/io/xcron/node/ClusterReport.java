package io.xcron.node;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import io.xcron.model.Seats;
import io.xcron.slice.SliceKeeper;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The part of {@code GET /api/v1/cluster} that tells of the others and of the voters. */
final class ClusterReport {
  private final NodeConfig config;
  private final ClusterMember cluster;
  private final UUID self;
  private final ObjectNode own;
  private final CpKeeper.@Nullable State state;

  /**
   * @param own this member's figure, newer than what it has told the others
   */
  ClusterReport(NodeConfig config, ClusterMember cluster, UUID self, ObjectNode own) {
    this.config = config;
    this.cluster = cluster;
    this.self = self;
    this.own = own;
    this.state = cluster.voters();
  }

  void members(ArrayNode members, ArrayNode warnings) {
    List<ClusterFigures.MemberFigure> all = cluster.figures();
    Set<UUID> voting = state == null ? Set.of() : state.here(all);
    Address leader = cluster.raftLeader();
    for (ClusterFigures.MemberFigure one : all) {
      UUID id = one.member().getUuid();
      ClusterFigures.Said said = one.said();
      boolean isSelf = id.equals(self);
      ObjectNode figure =
          isSelf
              ? own
              : said == null ? JsonNodeFactory.instance.objectNode() : said.figure().deepCopy();
      long now = System.nanoTime();
      long silent = isSelf || said == null ? 0 : TimeUnit.NANOSECONDS.toMillis(now - said.nanos());
      String address = address(one.member());
      figure.remove(CpKeeper.VOTING);
      figure.remove(ClusterFigures.CLOCKS);
      figure
          .put("id", id.toString())
          .put("address", address)
          .put("cp_member", voting.contains(id))
          .put("cp_leader", one.member().getAddress().equals(leader))
          .put("said_ms_ago", said == null && !isSelf ? -1 : silent);
      figure.path("warnings").forEach(text -> warnings.add(address + ": " + text.asText()));
      if (!isSelf && said != null && said.isOld(now)) {
        warnings.add(address + ": has said nothing for " + silent + " ms");
      }
      members.add(figure);
    }
    int size = cluster.size();
    if (all.size() < size) {
      warnings.add(all.size() + " of " + size + " members are present");
    }
  }

  /** What is to be said of the members' number. */
  void size(SliceKeeper slices, ArrayNode warnings) {
    String waits = slices.waitsFor();
    if (waits != null) {
      warnings.add("no slice can be granted yet: " + waits);
    }
    int size = cluster.size();
    if (size != config.clusterSize()) {
      warnings.add(
          "XCRON_CLUSTER_SIZE is "
              + config.clusterSize()
              + " here, but the agreed size is "
              + size
              + ", and that counts");
    }
    Seats seats = slices.seats();
    for (ClusterFigures.MemberFigure one : cluster.figures()) {
      UUID journal = GridSight.journal(one.member().getAttributes());
      if (slices.slice() > 0 && journal != null && !seats.has(journal)) {
        warnings.add(
            address(one.member())
                + ": has no seat, so it gets no copies; one is given when a member is gone and its"
                + " copies are elsewhere, or when the size is raised");
      }
    }
  }

  private static String address(Member member) {
    return member.getAddress().getHost() + ":" + member.getAddress().getPort();
  }

  void voters(ObjectNode cp, ArrayNode warnings) {
    int wanted = ClusterConfig.voters(cluster.size());
    if (state == null) {
      cp.put("state", "starting").put("wanted", wanted);
      warnings.add("this member is starting its part of the grid again");
      return;
    }
    Set<UUID> here = state.here(cluster.figures());
    int voters = here.size();
    long silent = state.silentMillis(System.nanoTime());
    boolean answers = silent < CpKeeper.MAJORITY_LOST.toMillis();
    cp.put("state", !state.formed() ? "forming" : answers ? "formed" : "no majority")
        .put("wanted", wanted)
        .put("voters", voters)
        .put("answered_ms_ago", silent);
    ArrayNode list = cp.putArray("members");
    for (Electorate.Voter voter : state.voters()) {
      UUID start = voter.start();
      list.addObject()
          .put("id", start == null || !here.contains(start) ? null : start.toString())
          .put("address", voter.address().getHost() + ":" + voter.address().getPort());
    }
    if (!state.formed()) {
      warnings.add(
          "the voters are found when " + wanted + " members are present for the first time");
    } else if (!answers) {
      warnings.add(
          "the majority of the voters has not answered for "
              + silent
              + " ms: nothing is fired or accepted here; see docs/operations.md");
    } else if (voters < wanted) {
      warnings.add(
          voters + " of " + wanted + " members vote: the loss of one more may stop the cluster");
    }
  }
}
