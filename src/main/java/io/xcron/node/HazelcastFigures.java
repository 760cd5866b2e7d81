package io.xcron.node;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.metrics.DynamicMetricsProvider;
import com.hazelcast.internal.metrics.MetricDescriptor;
import com.hazelcast.internal.metrics.MetricsCollectionContext;
import com.hazelcast.internal.metrics.MetricsRegistry;
import com.hazelcast.internal.metrics.ProbeLevel;
import com.hazelcast.internal.metrics.ProbeUnit;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.xcron.history.RunFigures;
import io.xcron.model.RunOutcome;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * This member's figures among Hazelcast's own, so that Management Center and JMX show them: every
 * {@code xcron_…} figure of {@code /metrics}, and those of the runs of the last minute, which
 * Prometheus would compute for itself.
 *
 * <p>All have the prefix {@code xcron} and names as Hazelcast forms them, the unit last: {@code
 * xcron_fire_lag_seconds_count} is {@code fireLagCount}, {@code xcron_grant_age_seconds} is {@code
 * grantAgeMillis}. All are whole numbers. A figure that is not known at the moment, as between two
 * starts of the grid, is left out.
 *
 * <p>One thread of Hazelcast's asks, each five seconds unless its configuration says otherwise;
 * nothing here waits.
 */
final class HazelcastFigures implements DynamicMetricsProvider {
  static final String PREFIX = "xcron";

  private static final Pattern DOT = Pattern.compile("\\.");
  private static final String SECONDS = "Seconds";
  private static final String MILLIS = "Millis";

  private final NodeMetrics metrics;
  private final Supplier<RunFigures> lastMinute;

  private HazelcastFigures(NodeMetrics metrics, Supplier<RunFigures> lastMinute) {
    this.metrics = metrics;
    this.lastMinute = lastMinute;
  }

  /**
   * Adds the figures to those of an instance; closing takes them away, and it may live on.
   *
   * @return to be kept until then: the instance itself holds the figures weakly
   */
  static AutoCloseable showIn(
      HazelcastInstance instance, NodeMetrics metrics, Supplier<RunFigures> lastMinute) {
    MetricsRegistry registry =
        ((HazelcastInstanceProxy) instance).getOriginal().node.getNodeEngine().getMetricsRegistry();
    HazelcastFigures figures = new HazelcastFigures(metrics, lastMinute);
    registry.registerDynamicMetricsProvider(figures);
    return () -> registry.deregisterDynamicMetricsProvider(figures);
  }

  @Override
  public void provideDynamicMetrics(MetricDescriptor blank, MetricsCollectionContext context) {
    Out out = new Out(blank, context);
    for (Meter meter : metrics.own()) {
      for (Measurement part : meter.measure()) {
        tell(meter.getId(), part, out);
      }
    }
    tell(lastMinute.get().all(), out);
  }

  private static void tell(Meter.Id id, Measurement part, Out out) {
    boolean timer = id.getType() == Meter.Type.TIMER;
    String name = camelCase(id.getName());
    double value = part.getValue();
    if (Double.isNaN(value)) {
      return;
    }
    switch (part.getStatistic()) {
      case COUNT, TOTAL, VALUE, UNKNOWN, ACTIVE_TASKS -> {
        if (name.endsWith(SECONDS)) {
          String bare = name.substring(0, name.length() - SECONDS.length());
          out.millis(id, bare, value * 1e3);
        } else {
          boolean bytes = name.endsWith("Bytes");
          out.put(
              id, timer ? name + "Count" : name, bytes ? ProbeUnit.BYTES : ProbeUnit.COUNT, value);
        }
      }
      case TOTAL_TIME, DURATION -> out.millis(id, name + "Total", value * 1e3);
      case MAX -> out.millis(id, name + "Max", value * 1e3);
    }
  }

  private static void tell(RunFigures.Part minute, Out out) {
    out.put("minuteRuns", minute.runs());
    out.put(
        "minuteFailures",
        count(minute, RunOutcome.FAILURE)
            + count(minute, RunOutcome.TIMEOUT)
            + count(minute, RunOutcome.UNKNOWN));
    out.put("minuteMisfires", count(minute, RunOutcome.MISFIRED));
    out.put("minuteRepeats", minute.repeats());
    tell("minuteLag", minute.lag(), out);
    tell("minuteDuration", minute.duration(), out);
  }

  private static void tell(String name, RunFigures.Spread spread, Out out) {
    out.millis(name + "P50", spread.p50());
    out.millis(name + "P99", spread.p99());
    out.millis(name + "Max", spread.max());
  }

  private static long count(RunFigures.Part part, RunOutcome outcome) {
    return Objects.requireNonNull(part.outcomes().get(outcome));
  }

  /** {@code xcron.fire.lag} as {@code fireLag}. */
  private static String camelCase(String name) {
    StringBuilder text = new StringBuilder(name.length());
    for (String word : DOT.split(name.substring(PREFIX.length() + 1), -1)) {
      text.append(text.isEmpty() ? word : capital(word));
    }
    return text.toString();
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  /** Where Hazelcast takes the figures. */
  private record Out(MetricDescriptor blank, MetricsCollectionContext context) {
    void put(Meter.Id id, String name, ProbeUnit unit, double value) {
      MetricDescriptor descriptor = blank.copy().withPrefix(PREFIX);
      for (Tag tag : id.getTagsAsIterable()) {
        descriptor = descriptor.withTag(tag.getKey(), tag.getValue());
      }
      context.collect(descriptor, name, ProbeLevel.INFO, unit, Math.round(value));
    }

    void millis(Meter.Id id, String name, double value) {
      put(id, name + MILLIS, ProbeUnit.MS, value);
    }

    void put(String name, long value) {
      context.collect(
          blank.copy().withPrefix(PREFIX), name, ProbeLevel.INFO, ProbeUnit.COUNT, value);
    }

    void millis(String name, long value) {
      context.collect(
          blank.copy().withPrefix(PREFIX), name + MILLIS, ProbeLevel.INFO, ProbeUnit.MS, value);
    }
  }
}
