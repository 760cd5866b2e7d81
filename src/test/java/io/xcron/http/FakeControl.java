package io.xcron.http;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Does at once what it is asked, unless it is told what to say. */
final class FakeControl implements ClusterControl {
  static final Copy COPY = new Copy(1_000, 7, 42, 3);

  volatile CompletableFuture<Copy> copy = CompletableFuture.completedFuture(COPY);
  volatile @Nullable RuntimeException failure;
  volatile @Nullable String name;
  volatile @Nullable Boolean dead;
  volatile @Nullable Boolean lost;
  volatile int size;
  volatile CompletableFuture<@Nullable String> resized = CompletableFuture.completedFuture(null);

  @Override
  public Backup backup(@Nullable String given) {
    fail();
    name = given;
    String made = given == null ? "20261121T080000.000Z" : given;
    return new Backup(made, Path.of("/var/lib/xcron/backups", made), copy);
  }

  @Override
  public void resetVoters(boolean oldMajorityIsDead, boolean missingJournalsAreLost) {
    fail();
    dead = oldMajorityIsDead;
    lost = missingJournalsAreLost;
  }

  @Override
  public CompletableFuture<@Nullable String> resize(int members) {
    fail();
    size = members;
    return resized;
  }

  private void fail() {
    RuntimeException told = failure;
    if (told != null) {
      throw told;
    }
  }
}
