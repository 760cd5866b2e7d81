package io.xcron.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.internal.util.ConcurrencyUtil;
import com.hazelcast.spi.impl.NodeEngineImpl;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks all members for the reports of their journals. */
final class GridReports {
  private static final long PATIENCE_MILLIS = 2_000;

  private GridReports() {}

  static CompletableFuture<List<JournalReports.Report>> ask(NodeEngineImpl engine) {
    List<CompletableFuture<JournalReports.@Nullable Report>> asked = new ArrayList<>();
    for (Member member : engine.getClusterService().getMembers()) {
      asked.add(ask(engine, member));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenApply(
            all -> asked.stream().map(CompletableFuture::join).filter(Objects::nonNull).toList());
  }

  private static CompletableFuture<JournalReports.@Nullable Report> ask(
      NodeEngineImpl engine, Member member) {
    CompletableFuture<JournalReports.@Nullable Report> answer = new CompletableFuture<>();
    var unused =
        engine
            .getOperationService()
            .createInvocationBuilder(GridService.NAME, new ReportOperation(), member.getAddress())
            .setTryCount(1)
            .<byte[]>invoke()
            .whenCompleteAsync(
                (bytes, failure) -> answer.complete(failure == null ? read(bytes) : null),
                ConcurrencyUtil.CALLER_RUNS);
    return answer.completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A member that has nothing to report yet is left out. */
  private static JournalReports.@Nullable Report read(byte[] bytes) {
    try {
      return Wire.read(bytes, JournalReports.Report::read);
    } catch (GridException e) {
      return null;
    }
  }
}
