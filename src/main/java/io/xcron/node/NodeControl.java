package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcron.http.ClusterControl;
import io.xcron.model.Time;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What operators may do at this member. */
final class NodeControl implements ClusterControl, AutoCloseable {
  private final Backups backups;
  private final @Nullable MemberTenant cluster;
  private final Time time;
  private final AtomicBoolean resetting = new AtomicBoolean();

  /**
   * @param cluster this member's place in its cluster; null when it runs alone
   */
  NodeControl(Backups backups, @Nullable MemberTenant cluster, Time time) {
    this.backups = backups;
    this.cluster = cluster;
    this.time = time;
  }

  @Override
  public Backup backup(@Nullable String name) {
    return backups.begin(name, Instant.ofEpochMilli(time.nowMillis()));
  }

  @Override
  public void resetVoters(boolean oldMajorityIsDead, boolean missingJournalsAreLost) {
    MemberTenant tenant = cluster;
    if (tenant == null) {
      throw new Refused(
          Refused.Why.CONFLICT, "this member runs alone: it has no voters, and so none are lost");
    }
    if (!resetting.compareAndSet(false, true)) {
      throw new Refused(Refused.Why.CONFLICT, "the voters are being reset already");
    }
    try {
      tenant.startAnew(oldMajorityIsDead, missingJournalsAreLost);
    } catch (IllegalStateException e) {
      throw new Refused(Refused.Why.CONFLICT, String.valueOf(e.getMessage()));
    } finally {
      resetting.set(false);
    }
  }

  @Override
  public CompletableFuture<@Nullable String> resize(int members) {
    MemberTenant tenant = cluster;
    if (tenant == null) {
      throw new Refused(
          Refused.Why.CONFLICT,
          "this member runs alone; it becomes one of three by a restart with XCRON_CLUSTER_SIZE=3,"
              + " beside two empty ones");
    }
    CompletableFuture<@Nullable String> wish = tenant.resize(members);
    if (wish == null) {
      throw new Refused(
          Refused.Why.NOT_NOW, "another change is under way, or this member sees no slice");
    }
    return wish;
  }

  /** Adds what is known of the last backup to a description of the cluster. */
  Supplier<JsonNode> describing(Supplier<JsonNode> described) {
    return () -> {
      JsonNode node = described.get();
      ObjectNode backup = backups.describe();
      if (backup != null && node instanceof ObjectNode root) {
        root.set("backup", backup);
      }
      return node;
    };
  }

  @Override
  public void close() {
    backups.close();
  }
}
