package io.xcron.node;

import io.xcron.journal.AppendLog;
import io.xcron.model.Grant;
import io.xcron.model.Grants;
import org.jspecify.annotations.Nullable;

/** The grants of the slices, as long as the journal can keep what is done under them. */
final class NodeGrants implements Grants {
  private final AppendLog journal;
  private volatile @Nullable Grants slices;

  NodeGrants(AppendLog journal) {
    this.journal = journal;
  }

  void from(Grants granting) {
    slices = granting;
  }

  @Override
  public @Nullable Grant grant(int partition) {
    Grants granting = slices;
    return granting == null || !journal.state().accepts() ? null : granting.grant(partition);
  }
}
