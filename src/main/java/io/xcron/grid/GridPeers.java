package io.xcron.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.model.Title;
import io.xcron.model.Titles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The other members of one Hazelcast instance. */
final class GridPeers implements Peers {
  private final NodeEngineImpl engine;
  private final Titles titles;

  GridPeers(NodeEngineImpl engine, Titles titles) {
    this.engine = engine;
    this.titles = titles;
  }

  @Override
  public List<Peer> others() {
    List<Peer> others = new ArrayList<>();
    for (Member member : engine.getClusterService().getMembers()) {
      if (!member.localMember()) {
        others.add(
            new Peer(
                member.getUuid(),
                member.getAddress().getHost() + ":" + member.getAddress().getPort()));
      }
    }
    return others;
  }

  @Override
  public @Nullable UUID backup(int partition) {
    UUID self = engine.getLocalMember().getUuid();
    Title title = titles.title(partition);
    if (title != null) {
      for (UUID member : title.inSync()) {
        if (!member.equals(self) && engine.getClusterService().getMember(member) != null) {
          return member;
        }
      }
    }
    List<Peer> others = others();
    return others.isEmpty() ? null : others.get(partition % others.size()).id();
  }

  @Override
  public CompletableFuture<byte[]> ask(UUID peer, byte[] question, Duration patience) {
    Member member = engine.getClusterService().getMember(peer);
    if (member == null) {
      return CompletableFuture.failedFuture(GridException.notHere("member " + peer + " has left"));
    }
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    try {
      var unused =
          engine
              .getOperationService()
              .createInvocationBuilder(
                  GridService.NAME, new PeerOperation(question), member.getAddress())
              .setTryCount(1)
              .setAsync()
              .setCallTimeout(patience.toMillis())
              .<byte[]>invoke()
              .whenCompleteAsync(
                  (bytes, failure) -> take(answer, bytes, failure),
                  // Hazelcast's threads for responses may not invoke anything, and callers do.
                  ForkJoinPool.commonPool());
    } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
      answer.completeExceptionally(GridException.translated(e)); // the instance is being closed
    }
    return answer.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void take(
      CompletableFuture<byte[]> answer, byte[] bytes, @Nullable Throwable failure) {
    if (failure != null) {
      answer.completeExceptionally(GridException.translated(failure));
      return;
    }
    try {
      answer.complete(Wire.read(bytes, Wire::readBytes));
    } catch (GridException e) {
      answer.completeExceptionally(e);
    }
  }
}
