package io.xcron.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;

/**
 * A steady load of creates, fires and deletes on a cluster without faults, and whether memory,
 * files and promises hold: not a test but figures for docs/benchmarks.md. Arguments: minutes (60),
 * fires a second (2000), members (3), a seed.
 *
 * <p>Prints a line each minute and one for each member: the lags are the median, the 99th
 * percentile and the most, of first attempts, in milliseconds. The exit code is 1 when a promise
 * was broken or, after half an hour and more, when a member's RSS, files or bytes of data in the
 * last ten minutes are over {@value #GROWTH} times those of the minutes 5 to 15.
 */
final class LoadSoak implements AutoCloseable {
  private static final double GROWTH = 1.5;
  private static final int LONG_MINUTES = 30;
  private static final long LOOK_MILLIS = 5_000;
  private static final int FAILS_EACH = 200;

  private final SoakLedger ledger = new SoakLedger();
  private final CallbackSink sink = CallbackSink.passing(this::answer);
  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final MemberCluster cluster;
  private final List<SoakWatch> watches = new ArrayList<>();
  private final List<List<SoakWatch.Figures>> minutes = new ArrayList<>();
  private long allFires;

  private LoadSoak(Path directory, int members) throws Exception {
    // Members of tests are quick to start; these shall be quick afterwards, and what is kept of the
    // past shall reach its bound in the first minutes.
    cluster =
        new MemberCluster(
            directory,
            members,
            Map.of(
                "_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4",
                "XCRON_HISTORY_MEGABYTES", "64",
                "XCRON_AUDIT_MEGABYTES", "4"));
    CompletableFuture.runAsync(cluster::start).get(180, TimeUnit.SECONDS);
    cluster.awaitWhole();
    for (int i = 0; i < members; i++) {
      watches.add(new SoakWatch(cluster.member(i), MemberCluster.data(directory, i)));
    }
  }

  public static void main(String[] arguments) throws Exception {
    int minutes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 60;
    int fires = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2_000;
    int members = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
    long seed = arguments.length > 3 ? Long.parseLong(arguments[3]) : System.nanoTime();
    if (minutes < 1 || fires < 40 || members < 1) {
      throw new IllegalArgumentException("at least 1 minute, 40 fires a second, 1 member");
    }
    // Also a member that never got ready, and after an interrupt.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly)));
    Path directory = Files.createTempDirectory("xcron-soak");
    System.out.printf(
        "%d minutes, %d fires/s, %d members, seed %d, logs in %s%n",
        minutes, fires, members, seed, directory);
    List<String> faults;
    try (LoadSoak soak = new LoadSoak(directory, members)) {
      faults = soak.run(minutes, fires, new Random(seed));
    } catch (ExecutionException | TimeoutException | AssertionError e) {
      e.printStackTrace();
      faults = List.of("broken off: " + e);
    }
    System.out.println(faults.isEmpty() ? "passed" : "FAILED: " + String.join("; ", faults));
    // Threads of clients must not keep it.
    System.exit(faults.isEmpty() ? 0 : 1);
  }

  private int answer(CallbackSink.Callback callback) {
    boolean failing =
        callback.attempt() == 1 && ThreadLocalRandom.current().nextInt(FAILS_EACH) == 0;
    ledger.arrived(callback, failing);
    return failing ? 500 : 200;
  }

  private List<String> run(int count, int fires, Random random) throws Exception {
    List<SoakWatch.Figures> before = figures();
    long began = System.currentTimeMillis();
    try (SoakLoad load = new SoakLoad(cluster, ledger, sink.url("/"), fires, random, failure)) {
      load.start();
      long begin = System.currentTimeMillis();
      ledger.takeFires();
      ledger.takeLags();
      for (int minute = 1; minute <= count; minute++) {
        awaitOr(begin + minute * 60_000L, () -> false);
        minute(minute, load, before);
      }
      System.out.printf("%.0f fires/s on average%n", allFires / (count * 60.0));
    }
    System.out.println("waiting for " + ledger.open() + " one-shots");
    awaitOr(
        System.currentTimeMillis() + SoakLedger.LATEST_MILLIS + 35_000, () -> ledger.open() == 0);
    ledger.takeFires();
    ledger.takeLags();
    System.out.printf(
        "lag %s ms, %s, grants lapsed %s (before the load %s), %d s in all%n",
        ledger.allLags(),
        ledger.wrongs(),
        lapsed(figures()),
        lapsed(before),
        (System.currentTimeMillis() - began) / 1_000);
    List<String> faults = new ArrayList<>();
    if (ledger.broken()) {
      faults.add(ledger.wrongs());
    }
    if (count >= LONG_MINUTES) {
      compare("rss", SoakWatch.Figures::rss, true, faults);
      compare("heap", SoakWatch.Figures::heap, false, faults);
      compare("bytes of data", SoakWatch.Figures::bytes, true, faults);
      compare("files", SoakWatch.Figures::files, true, faults);
      compare("descriptors", SoakWatch.Figures::descriptors, true, faults);
    }
    return faults;
  }

  /** Looks at all until the time comes, or a condition; throws what broke a client. */
  private void awaitOr(long endMillis, BooleanSupplier holds) throws Exception {
    for (long left = endMillis - System.currentTimeMillis();
        left > 0 && !holds.getAsBoolean();
        left = endMillis - System.currentTimeMillis()) {
      try {
        failure.get(Math.min(left, LOOK_MILLIS), TimeUnit.MILLISECONDS);
      } catch (TimeoutException running) {
        ledger.sweep(System.currentTimeMillis());
        for (SoakWatch watch : watches) {
          watch.look();
        }
      }
    }
    ledger.sweep(System.currentTimeMillis());
  }

  private List<SoakWatch.Figures> figures() throws Exception {
    List<SoakWatch.Figures> figures = new ArrayList<>();
    for (SoakWatch watch : watches) {
      figures.add(watch.take());
    }
    return figures;
  }

  private void minute(int minute, SoakLoad load, List<SoakWatch.Figures> before) throws Exception {
    List<SoakWatch.Figures> figures = figures();
    minutes.add(figures);
    long fires = ledger.takeFires();
    allFires += fires;
    StringBuilder text = new StringBuilder();
    text.append(
        "%d: %.0f fires/s, lag %s ms, %d creates, %d deletes, %d refused, %d open, grants lapsed %s (before the load %s); %s"
            .formatted(
                minute,
                fires / 60.0,
                ledger.takeLags(),
                load.creates.sumThenReset(),
                load.deletes.sumThenReset(),
                load.refused.sumThenReset(),
                ledger.open(),
                lapsed(figures),
                lapsed(before),
                ledger.wrongs()));
    for (int i = 0; i < figures.size(); i++) {
      text.append(System.lineSeparator())
          .append("   member ")
          .append(i)
          .append(": ")
          .append(figures.get(i));
    }
    System.out.println(text);
  }

  private static String lapsed(List<SoakWatch.Figures> figures) {
    return figures.stream().anyMatch(each -> each.lapsed() < 0)
        ? "-"
        : String.valueOf(figures.stream().mapToLong(SoakWatch.Figures::lapsed).sum());
  }

  /** The last ten minutes of each member against the ten after the fifth. */
  private void compare(
      String what, ToLongFunction<SoakWatch.Figures> figure, boolean bounded, List<String> faults) {
    for (int i = 0; i < cluster.size(); i++) {
      double early = mean(i, 5, figure);
      double late = mean(i, minutes.size() - 10, figure);
      String text =
          "%s of member %d: %.0f in minutes 6 to 15, %.0f in the last ten, %.2f times"
              .formatted(what, i, early, late, late / early);
      System.out.println(text);
      if (bounded && late > GROWTH * early) {
        faults.add(text);
      }
    }
  }

  private double mean(int member, int from, ToLongFunction<SoakWatch.Figures> figure) {
    return minutes.subList(from, from + 10).stream()
        .mapToLong(minute -> figure.applyAsLong(minute.get(member)))
        .average()
        .orElseThrow();
  }

  @Override
  public void close() {
    try (sink;
        cluster) {
      System.out.println("closing");
    }
  }
}
