package io.xcron.node;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.xcron.fire.FireEvents;
import io.xcron.model.RunOutcome;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** This member's figures, by Prometheus' conventions. */
final class NodeMetrics implements FireEvents, AutoCloseable {
  private static final Duration[] LAG_BUCKETS =
      millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 60_000);
  private static final Duration[] DURATION_BUCKETS =
      millis(1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 60_000);

  private final PrometheusMeterRegistry registry = registry();
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final Timer lag =
      Timer.builder("xcron.fire.lag")
          .description("From the instant a run was due to the start of an attempt")
          .serviceLevelObjectives(LAG_BUCKETS)
          .register(registry);
  private final Timer duration =
      Timer.builder("xcron.run.duration")
          .description("From the start of a run's first attempt to its end")
          .serviceLevelObjectives(DURATION_BUCKETS)
          .register(registry);
  private final LongAdder fires = counter("xcron.fires", "Attempts that were started");
  private final LongAdder retries = counter("xcron.retries", "Attempts that were tried again");
  private final LongAdder skips = counter("xcron.skips", "Instants that the overlap policy let go");
  private final LongAdder misfires =
      counter("xcron.misfires", "Instants that the misfire policy let go");
  private final LongAdder withdrawals =
      counter("xcron.withdrawals", "Attempts that were refused right before their start");
  private final Map<RunOutcome, LongAdder> runs = new EnumMap<>(RunOutcome.class);

  NodeMetrics() {
    for (RunOutcome outcome : RunOutcome.values()) {
      LongAdder adder = new LongAdder();
      runs.put(outcome, adder);
      FunctionCounter.builder("xcron.runs", adder, LongAdder::sum)
          .description("Runs that ended, by outcome")
          .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
    new JvmMemoryMetrics().bindTo(registry);
    gc.bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    FunctionCounter.builder("process.cpu", system, bean -> bean.getProcessCpuTime() / 1e9)
        .baseUnit("seconds")
        .description("CPU time of this process")
        .register(registry);
  }

  /** Micrometer names two figures in a way that Prometheus' conventions do not allow. */
  private static PrometheusMeterRegistry registry() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry
        .config()
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(
            new MeterFilter() {
              @Override
              public Meter.Id map(Meter.Id id) {
                return id.getName().equals("system.cpu.count") ? id.withName("system.cpus") : id;
              }
            });
    return registry;
  }

  private static Duration[] millis(long... millis) {
    Duration[] durations = new Duration[millis.length];
    for (int i = 0; i < millis.length; i++) {
      durations[i] = Duration.ofMillis(millis[i]);
    }
    return durations;
  }

  private LongAdder counter(String name, String description) {
    LongAdder adder = new LongAdder();
    FunctionCounter.builder(name, adder, LongAdder::sum)
        .description(description)
        .register(registry);
    return adder;
  }

  <T> void counter(String name, String description, T source, ToDoubleFunction<T> count) {
    FunctionCounter.builder(name, source, count).description(description).register(registry);
  }

  /** Something that is counted and timed elsewhere. */
  <T> void timer(
      String name,
      String description,
      T source,
      ToLongFunction<T> count,
      ToDoubleFunction<T> totalSeconds) {
    FunctionTimer.builder(name, source, count, totalSeconds, TimeUnit.SECONDS)
        .description(description)
        .register(registry);
  }

  <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /** The figures of our own, without those of the JVM and the machine. */
  List<Meter> own() {
    return registry.getMeters().stream()
        .filter(meter -> meter.getId().getName().startsWith("xcron."))
        .toList();
  }

  String prometheusText() {
    return registry.scrape();
  }

  @Override
  public void started(long lagMillis) {
    fires.increment();
    lag.record(lagMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void ended(RunOutcome outcome, long durationMillis) {
    Objects.requireNonNull(runs.get(outcome)).increment();
    duration.record(durationMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void retried() {
    retries.increment();
  }

  @Override
  public void skipped() {
    skips.increment();
  }

  @Override
  public void misfired(long instants) {
    misfires.add(instants);
  }

  @Override
  public void withdrawn() {
    withdrawals.increment();
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
