package io.xcron.history;

import io.xcron.grid.GridException;
import io.xcron.grid.Peers;
import io.xcron.journal.RunStoreConfig;
import io.xcron.model.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Members that keep their history on real files and reach each other by calls of methods, of which
 * some are lost on the way there or on the way back.
 */
final class SimulatedMembers implements AutoCloseable {
  static final int PARTITIONS = 13;

  private final Path directory;
  private final Time time;
  private final Random random;
  private final List<Place> places = new ArrayList<>();

  /** A call arrives before or after a kill, and a dead member sends nothing more. */
  private final ReadWriteLock lives = new ReentrantReadWriteLock();

  private volatile int lostPercent;
  private volatile int lostAnswersPercent;
  private int starts;

  SimulatedMembers(Path directory, Time time, long seed, int count) {
    this.directory = directory;
    this.time = time;
    random = new Random(seed);
    for (int i = 0; i < count; i++) {
      places.add(new Place(i));
      start(i);
    }
  }

  /** Where a member is, or is started again. */
  private static final class Place {
    private final String address;
    private volatile @Nullable Member member;
    private @Nullable Path data;

    Place(int number) {
      address = "10.0.0." + number + ":5701";
    }
  }

  /** One start of a member. */
  record Member(
      UUID id,
      String address,
      Path data,
      HistoryCluster history,
      RunStatistics statistics,
      Line line) {}

  /** How many of a hundred calls are lost, and of their answers. */
  void lose(int percent) {
    lostPercent = percent;
    lostAnswersPercent = percent;
  }

  /** How many of a hundred answers are lost; calls arrive. */
  void loseAnswers(int percent) {
    lostPercent = 0;
    lostAnswersPercent = percent;
  }

  List<Member> living() {
    return places.stream().map(place -> place.member).filter(Objects::nonNull).toList();
  }

  boolean lives(int i) {
    return places.get(i).member != null;
  }

  Member member(int i) {
    return Objects.requireNonNull(places.get(i).member);
  }

  void start(int i) {
    Place place = places.get(i);
    Path data = place.data;
    if (data == null) {
      data = directory.resolve("data" + starts++);
      place.data = data;
    }
    Line line = new Line();
    RunStatistics statistics = new RunStatistics();
    // Small segments, so that they are sealed and opened too.
    RunStoreConfig runs =
        new RunStoreConfig(
            data.resolve("runs"),
            Duration.ofDays(7),
            1 << 28,
            1 << 20,
            1 << 20,
            64 << 10,
            Duration.ofHours(6));
    HistoryCluster history =
        HistoryCluster.open(
            runs,
            new HistoryCluster.AuditConfig(data.resolve("audit"), Duration.ofDays(7), 16 << 20),
            line,
            place.address,
            time,
            task -> Math.floorMod(task.hashCode(), PARTITIONS),
            100,
            statistics);
    place.member = new Member(line.self, place.address, data, history, statistics, line);
  }

  /** It leaves and comes back as another member, as after a split; the process goes on. */
  void rejoin(int i) {
    Member before = member(i);
    lives.writeLock().lock();
    try {
      before.line.self = UUID.randomUUID();
      places.get(i).member =
          new Member(
              before.line.self,
              before.address,
              before.data,
              before.history,
              before.statistics,
              before.line);
    } finally {
      lives.writeLock().unlock();
    }
  }

  /**
   * What is on the disk at this instant is all that stays.
   *
   * @param withDisk whether not even that does
   */
  void kill(int i, boolean withDisk) {
    Place place = places.get(i);
    Member killed = member(i);
    lives.writeLock().lock();
    try {
      place.member = null;
    } finally {
      lives.writeLock().unlock();
    }
    place.data = withDisk ? null : directory.resolve("data" + starts++);
    try (killed.history) {
      if (place.data != null) {
        copy(killed.data, place.data);
      }
    }
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file)));
      }
    } catch (java.nio.file.NoSuchFileException | UncheckedIOException e) {
      // A log was sealed while it was copied: a crash has one or the other, so copy again.
      delete(to);
      copy(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until all that was recorded is counted and copied, and what was lost is back. */
  void settle() throws Exception {
    for (Member member : living()) {
      member.history.local().recounted().get(20, TimeUnit.SECONDS);
      member.history.handOver(Duration.ofSeconds(5));
    }
    for (Member member : living()) {
      member.history.local().store().flush().get(5, TimeUnit.SECONDS);
    }
    for (Member member : living()) {
      member.history.heal();
    }
    for (Member member : living()) {
      member.history.local().store().flush().get(5, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    living().forEach(member -> member.history.close());
  }

  /** One start's way to the others. */
  final class Line implements Peers {
    private volatile UUID self = UUID.randomUUID();

    @Override
    public List<Peer> others() {
      return living().stream()
          .filter(member -> !member.id.equals(self))
          .map(member -> new Peer(member.id, member.address))
          .toList();
    }

    @Override
    public @Nullable UUID backup(int partition) {
      List<Peer> others = others();
      return others.isEmpty() ? null : others.get(partition % others.size()).id();
    }

    @Override
    public CompletableFuture<byte[]> ask(UUID peer, byte[] question, Duration patience) {
      int there;
      int back;
      synchronized (random) {
        there = random.nextInt(100);
        back = random.nextInt(100);
      }
      CompletableFuture<byte[]> answer = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> arrive(peer, question, there < lostPercent, answer));
      return (back < lostAnswersPercent
              ? answer.thenCompose(bytes -> CompletableFuture.<byte[]>failedFuture(lost()))
              : answer)
          .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void arrive(
        UUID peer, byte[] question, boolean lost, CompletableFuture<byte[]> answer) {
      lives.readLock().lock();
      try {
        Member asked = null;
        boolean sent = false;
        for (Member member : living()) {
          asked = member.id.equals(peer) ? member : asked;
          sent |= member.id.equals(self);
        }
        if (asked == null || !sent || lost) {
          answer.completeExceptionally(lost());
          return;
        }
        var unused =
            asked
                .history
                .answering()
                .answer(question)
                .whenComplete(
                    (bytes, failure) -> {
                      if (failure == null) {
                        answer.complete(bytes);
                      } else {
                        answer.completeExceptionally(failure);
                      }
                    });
      } finally {
        lives.readLock().unlock();
      }
    }

    private GridException lost() {
      return new GridException(GridException.Kind.UNKNOWN, "lost on the way");
    }
  }
}
