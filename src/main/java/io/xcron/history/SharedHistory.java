package io.xcron.history;

import io.xcron.grid.GridException;
import io.xcron.grid.Peers;
import io.xcron.history.RunFigures.Window;
import io.xcron.journal.StoredRun;
import io.xcron.model.RunCodec;
import io.xcron.model.RunRecord;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What all members know of the past, put together, and this member's answers to the others' part of
 * that. Any thread may call.
 *
 * <p>A question goes to every member that is there, with a time limit; who did not answer is named
 * in the answer. At most {@value #AT_ONCE} questions of others are answered at once, and more are
 * refused.
 */
final class SharedHistory implements RunHistory, Peers.Answering {
  private static final int AT_ONCE = 64;

  /** The place in this list is the code on the wire. */
  private static final List<Window> WINDOWS = List.of(Window.values());

  /** Records of one answer about what was lost. */
  private static final int LOST_BYTES = 1 << 20;

  private final RunJournal own;
  private final AuditLog audit;
  private final Peers peers;
  private final String address;
  private final CopyTaker taker;
  private final Semaphore permits = new Semaphore(AT_ONCE);

  /**
   * @param address this member's, as others name it
   */
  SharedHistory(RunJournal own, AuditLog audit, Peers peers, String address) {
    this.own = own;
    this.audit = audit;
    this.peers = peers;
    this.address = address;
    this.taker = new CopyTaker(own.store(), audit.store());
  }

  @Override
  public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
    StoreReader.requireLimit(limit);
    Place from = Place.after(cursor);
    byte[] question =
        Messages.question(
            Messages.Kind.RUNS,
            out -> {
              out.writeUTF(taskId);
              out.writeLong(from.generation());
              out.writeLong(from.number());
              out.writeInt(limit);
            });
    return Gathering.of(peers, own.part(taskId, from, limit), question, RunPart::read)
        .thenApply(gathered -> RunPart.page(taskId, limit, gathered.parts(), gathered.missing()));
  }

  @Override
  public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
    byte[] question =
        Messages.question(
            Messages.Kind.RUN,
            out -> {
              out.writeUTF(taskId);
              out.writeLong(number);
            });
    return Gathering.of(
            peers,
            own.newest(taskId, number).thenApply(SharedHistory::some),
            question,
            Messages::readRuns)
        .<@Nullable RunRecord>thenApply(
            gathered -> {
              StoredRun newest =
                  RunPart.newest(gathered.parts().stream().flatMap(List::stream).toList());
              if (newest == null && !gathered.missing().isEmpty()) {
                throw new CompletionException(
                    new GridException(
                        GridException.Kind.NOT_ACCEPTED,
                        String.join(", ", gathered.missing())
                            + " may have its record and did not answer in time"));
              }
              return RunJournal.record(newest);
            });
  }

  private static List<StoredRun> some(@Nullable StoredRun run) {
    return run == null ? List.of() : List.of(run);
  }

  /** The figures of all members' records, in a window that ends now. */
  CompletableFuture<RunFigures> figures(Window window, long nowMillis) {
    byte[] question =
        Messages.question(
            Messages.Kind.SUMS,
            out -> {
              out.writeByte(WINDOWS.indexOf(window));
              out.writeLong(nowMillis);
            });
    return Gathering.of(
            peers, own.reader().now(() -> sums(window, nowMillis)), question, SumsPart::read)
        .thenApply(
            gathered -> SumsPart.figures(window, nowMillis, gathered.parts(), gathered.missing()));
  }

  private SumsPart sums(Window window, long nowMillis) {
    return new SumsPart(
        own.store().origin(),
        address,
        own.recounted().isDone() && !own.recounted().isCompletedExceptionally(),
        own.statistics().sums(window, nowMillis));
  }

  /** The audit trail of all members. */
  CompletableFuture<AuditTrail.Page> lines(@Nullable String cursor, int limit) {
    StoreReader.requireLimit(limit);
    Place from = Place.after(cursor);
    byte[] question =
        Messages.question(
            Messages.Kind.AUDIT,
            out -> {
              out.writeLong(from.generation());
              out.writeLong(from.number());
              out.writeInt(limit);
            });
    return Gathering.of(peers, audit.part(from, limit), question, RunPart::read)
        .thenApply(gathered -> AuditLog.page(limit, gathered.parts(), gathered.missing()));
  }

  /** Answers another member, on another thread where files must be read. */
  @Override
  public CompletableFuture<byte[]> answer(byte[] question) {
    if (!permits.tryAcquire()) {
      return CompletableFuture.failedFuture(
          new GridException(
              GridException.Kind.NOT_ACCEPTED,
              "this member answers as many questions as it can already"));
    }
    CompletableFuture<byte[]> answer;
    try {
      answer = Messages.read(question, this::answer);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer.whenComplete((bytes, failure) -> permits.release());
  }

  private CompletableFuture<byte[]> answer(DataInputStream in) throws IOException {
    return switch (Messages.kind(in)) {
      case RUNS ->
          own.part(in.readUTF(), new Place(in.readLong(), in.readLong()), limit(in))
              .thenApply(part -> Messages.bytes(part::write));
      case RUN ->
          own.newest(in.readUTF(), in.readLong())
              .thenApply(run -> Messages.bytes(out -> Messages.writeRuns(out, some(run))));
      case SUMS -> {
        Window window = window(in.readByte());
        long nowMillis = in.readLong();
        yield own.reader().now(() -> Messages.bytes(sums(window, nowMillis)::write));
      }
      case AUDIT ->
          audit
              .part(new Place(in.readLong(), in.readLong()), limit(in))
              .thenApply(part -> Messages.bytes(part::write));
      case COPIES -> {
        taker.take(in);
        yield CompletableFuture.completedFuture(new byte[0]);
      }
      case LOST -> {
        Lost lost = Lost.read(in);
        yield own.reader().takenIn(() -> Messages.bytes(lost(lost)::write));
      }
    };
  }

  private static int limit(DataInputStream in) throws IOException {
    int limit = in.readInt();
    StoreReader.requireLimit(limit);
    return limit;
  }

  private static Window window(byte code) {
    if (code < 0 || code >= WINDOWS.size()) {
      throw new IllegalArgumentException("no window " + code);
    }
    return WINDOWS.get(code);
  }

  /**
   * Which records of an origin are asked for: those whose sequence lies between two, in the order
   * of partition and sequence, after one of these.
   */
  record Lost(long origin, long above, long below, int afterPartition, long afterSequence) {
    static Lost read(DataInputStream in) throws IOException {
      return new Lost(in.readLong(), in.readLong(), in.readLong(), in.readInt(), in.readLong());
    }

    byte[] question() {
      return Messages.question(
          Messages.Kind.LOST,
          out -> {
            out.writeLong(origin);
            out.writeLong(above);
            out.writeLong(below);
            out.writeInt(afterPartition);
            out.writeLong(afterSequence);
          });
    }

    private boolean asksFor(StoredRun run) {
      return run.sequence() < below
          && (run.partition() > afterPartition
              || (run.partition() == afterPartition && run.sequence() > afterSequence))
          && RunCodec.glance(run.payload(), 0).origin() == origin;
    }
  }

  private RunPart lost(Lost asked) {
    List<StoredRun> found = new ArrayList<>();
    own.store()
        .scan(
            asked.above(),
            run -> {
              if (asked.asksFor(run)) {
                found.add(run);
              }
            });
    found.sort(
        Comparator.comparingInt(StoredRun::partition).thenComparingLong(StoredRun::sequence));
    int bytes = 0;
    int fit = 0;
    while (fit < found.size() && bytes < LOST_BYTES) {
      bytes += found.get(fit++).length();
    }
    return new RunPart(List.copyOf(found.subList(0, fit)), fit < found.size());
  }

  /** The next part of what a member has of this member's own records. */
  CompletableFuture<RunPart> ask(Peers.Peer peer, Lost lost) {
    return peers
        .ask(peer.id(), lost.question(), Healing.PATIENCE)
        .thenApply(bytes -> Objects.requireNonNull(Messages.read(bytes, RunPart::read)));
  }
}
