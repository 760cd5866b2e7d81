package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertThrows;

import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.MachineTime;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GridRecoveryTest {
  @Test
  void aRecoveryEndsWithItsInstance() {
    HazelcastGrid grid = new HazelcastGrid(new MemoryLog(), partition -> null, new MachineTime());
    HazelcastInstance hazelcast = LoneMember.start(grid);
    CompletableFuture<Void> recovery;
    try {
      // Without a grant it goes on trying.
      recovery =
          grid.recover(
              new EmptyDisk(),
              slots -> {
                throw new AssertionError("opened without a grant");
              });
    } finally {
      hazelcast.getLifecycleService().terminate();
    }
    assertThrows(ExecutionException.class, () -> recovery.get(10, TimeUnit.SECONDS));
  }
}
