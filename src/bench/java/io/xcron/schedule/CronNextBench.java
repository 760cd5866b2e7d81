package io.xcron.schedule;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Schedule;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The next instant of five expressions, walked from 2026 to the end of 2199 and again, so that jumps of the clock are met. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CronNextBench {
  private static final long FROM = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

  @Param({"* * * * *", "*/5 * * * *", "0 1 * * *", "30 4 1,15 * 5", "0 0 29 2 *"})
  public String expression = "";

  @Param({"UTC", "Europe/Berlin"})
  public String zone = "";

  private CompiledSchedule compiled = new CompiledSchedule.Once(0);
  private long last = FROM;

  @Setup
  public void compile() {
    compiled = CompiledSchedule.compile(new Schedule.Cron(expression, ZoneId.of(zone), Dialect.UNIX, DstRule.DEFAULT));
  }

  @Benchmark
  public long next() {
    long next = compiled.nextAfter(last);
    last = next == CompiledSchedule.NONE ? FROM : next;
    return next;
  }

  @Benchmark
  public CompiledSchedule compileAnew() {
    return CompiledSchedule.compile(new Schedule.Cron(expression, ZoneId.of(zone), Dialect.UNIX, DstRule.DEFAULT));
  }
}
