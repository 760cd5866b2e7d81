package io.xcron.history;

import io.xcron.grid.Peers;
import io.xcron.journal.RunStore;
import io.xcron.journal.StoredRun;
import io.xcron.model.Time;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Brings back, after a crash, those of this member's own records that its disk has not and that
 * another member has as copies: mostly of the last second. Each member that is there, or comes, is
 * asked once for what is newer than the newest found at the start; when it fails, {@value #TRIES}
 * times. Afterwards this member's own count of its records is that of all there are.
 */
final class Healing {
  static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int TRIES = 5;
  private static final int PAGES = 1_000;

  /** Sequences are microseconds; those of one batch may be that far from their order. */
  private static final long MARGIN = TimeUnit.SECONDS.toMicros(10);

  private static final Logger LOG = System.getLogger(Healing.class.getName());

  private final SharedHistory shared;
  private final RunJournal own;
  private final Peers peers;
  private final long startSequence;
  private final Map<UUID, Integer> tries = new HashMap<>();

  Healing(SharedHistory shared, RunJournal own, Peers peers, Time time) {
    this.shared = shared;
    this.own = own;
    this.peers = peers;
    startSequence = TimeUnit.MILLISECONDS.toMicros(time.nowMillis());
  }

  /** Looks for members that were not asked yet, and asks them; waits for their answers. */
  synchronized void look() {
    CompletableFuture<Long> recounted = own.recounted();
    if (!recounted.isDone() || recounted.isCompletedExceptionally()) {
      return;
    }
    List<Peers.Peer> others = peers.others();
    tries.keySet().retainAll(others.stream().map(Peers.Peer::id).collect(Collectors.toSet()));
    for (Peers.Peer peer : others) {
      int tried = tries.getOrDefault(peer.id(), 0);
      if (tried < TRIES) {
        tries.put(peer.id(), ask(peer, recounted.join()) ? TRIES : tried + 1);
      }
    }
  }

  /** Whether the member has given all it has. */
  private boolean ask(Peers.Peer peer, long newest) {
    RunStore store = own.store();
    store.flush().join(); // an earlier try may have brought some
    SharedHistory.Lost asked =
        new SharedHistory.Lost(
            store.origin(), newest - MARGIN, startSequence + MARGIN, -1, Long.MIN_VALUE);
    int found = 0;
    try {
      for (int page = 0; page < PAGES; page++) {
        RunPart part = shared.ask(peer, asked).join();
        for (StoredRun run : part.runs()) {
          if (!store.contains(run)) {
            store.put(run);
            found++;
          }
        }
        if (!part.more()) {
          break;
        }
        StoredRun last = part.runs().getLast();
        asked =
            new SharedHistory.Lost(
                asked.origin(), asked.above(), asked.below(), last.partition(), last.sequence());
      }
    } catch (CompletionException e) {
      LOG.log(Logger.Level.DEBUG, "{0} is asked again for what was lost here: {1}", peer, e);
      return false;
    }
    if (found > 0) {
      store.flush().join();
      LOG.log(
          Logger.Level.INFO,
          "{0} run records of the time before the start came back from {1}",
          found,
          peer.address());
    }
    return true;
  }
}
