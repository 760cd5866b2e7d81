package io.xcron.slice;

import java.util.List;
import java.util.UUID;

/** What a member that runs alone sees: itself. */
record LoneSight(SliceConfig config) implements ClusterSight {
  @Override
  public List<Peer> peers() {
    return List.of(new Peer(config.member(), config.journal(), null));
  }

  @Override
  public UUID tableOwner(int partition) {
    return config.member();
  }

  @Override
  public void forgetReports() {}

  @Override
  public List<JournalReport> reports() {
    return List.of();
  }
}
