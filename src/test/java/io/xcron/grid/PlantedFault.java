package io.xcron.grid;

import io.xcron.model.Title;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Faults planted on purpose, one in each decision of the copies. */
enum PlantedFault {
  TOO_FEW_COPIES,
  EARLY_RELEASE,
  UNFINISHED_COPY_COUNTS,
  STALE_SIDE_WINS,
  GAP_IGNORED,
  ACKNOWLEDGED_WITHOUT_GRANT,
  PROPOSED_TOO_EARLY;

  static LocalCopy local(int partition, SimStore store, Set<PlantedFault> faults) {
    return new LocalCopy(partition, store) {
      @Override
      boolean refuses(long epoch) {
        return !faults.contains(STALE_SIDE_WINS) && super.refuses(epoch);
      }

      @Override
      boolean hasContentOf(CopyMessage.Adopt adopt) {
        return (faults.contains(STALE_SIDE_WINS) && version() != null) || super.hasContentOf(adopt);
      }

      @Override
      boolean follows(Version now, long first) {
        return faults.contains(GAP_IGNORED) || super.follows(now, first);
      }

      @Override
      boolean ends(CopyMessage.Chunk chunk) {
        return faults.contains(UNFINISHED_COPY_COUNTS) || super.ends(chunk);
      }
    };
  }

  static PartitionCopies copies(
      int partition, CopyMember member, LocalCopy local, CopyMember.World world) {
    Set<PlantedFault> faults = member.simulation.faults;
    UUID self = member.id;
    return new PartitionCopies(partition, self, local, CopySimulation.LIMITS, world, world) {
      @Override
      CopyLeader makeLeader(long epoch) {
        Version base = local.version();
        if (base != null) {
          member.simulation.clients.history.begun(partition, epoch, base);
        }
        return leader(partition, self, epoch, local, world, faults);
      }

      @Override
      boolean mayRelease(Title read, List<UUID> replicas, Set<UUID> living) {
        return faults.contains(EARLY_RELEASE)
            ? local.version() != null && !replicas.isEmpty() && !replicas.contains(self)
            : super.mayRelease(read, replicas, living);
      }

      @Override
      long now() {
        return member.simulation.nowNanos();
      }
    };
  }

  private static CopyLeader leader(
      int partition,
      UUID self,
      long epoch,
      LocalCopy local,
      CopyLeader.World world,
      Set<PlantedFault> faults) {
    return new CopyLeader(partition, self, epoch, local, CopySimulation.LIMITS, world) {
      @Override
      boolean enough(long upTo) {
        return faults.contains(TOO_FEW_COPIES) ? upTo <= nextSequence() : super.enough(upTo);
      }

      @Override
      boolean stillGranted(long now) {
        return faults.contains(ACKNOWLEDGED_WITHOUT_GRANT) || super.stillGranted(now);
      }

      @Override
      boolean mayPropose(CopyPeer peer) {
        return faults.contains(PROPOSED_TOO_EARLY) || super.mayPropose(peer);
      }
    };
  }
}
