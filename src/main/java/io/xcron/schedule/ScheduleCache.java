package io.xcron.schedule;

import io.xcron.model.Schedule;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Compiled crons by text, zone, dialect and daylight-saving rule, so that millions of tasks with
 * few expressions share few objects. Any thread may call it.
 *
 * <p>Bounded: two generations of {@code limit / 2} entries. When the young one is full it becomes
 * the old one and what was old is forgotten, so an entry survives if it was asked for in the
 * meantime. A forgotten schedule is compiled again when asked for (some ten microseconds); tasks
 * that hold it keep it, it is only no longer shared. A refused expression is not kept.
 */
public final class ScheduleCache {
  public static final int DEFAULT_LIMIT = 10_000;

  private record Generations(
      ConcurrentHashMap<Schedule.Cron, CompiledSchedule> young,
      ConcurrentHashMap<Schedule.Cron, CompiledSchedule> old) {}

  private final int half;
  private volatile Generations generations =
      new Generations(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());

  public ScheduleCache() {
    this(DEFAULT_LIMIT);
  }

  /**
   * A cache of this size.
   *
   * @param limit entries; too small costs compiling, too large costs about half a kilobyte an entry
   */
  public ScheduleCache(int limit) {
    if (limit < 2) {
      throw new IllegalArgumentException("limit must be at least 2: " + limit);
    }
    half = limit / 2;
  }

  /** The compiled form; throws as {@link CompiledSchedule#compile} does. */
  public CompiledSchedule get(Schedule schedule) {
    if (!(schedule instanceof Schedule.Cron cron)) {
      return CompiledSchedule.compile(schedule);
    }
    Generations now = generations;
    CompiledSchedule compiled = now.young.get(cron);
    if (compiled != null) {
      return compiled;
    }
    compiled = now.old.get(cron);
    return add(cron, compiled != null ? compiled : CompiledSchedule.compile(cron));
  }

  /** Entries held, counting one that is in both generations twice. */
  public int size() {
    Generations now = generations;
    return now.young.size() + now.old.size();
  }

  private synchronized CompiledSchedule add(Schedule.Cron cron, CompiledSchedule compiled) {
    if (generations.young.size() >= half) {
      generations = new Generations(new ConcurrentHashMap<>(), generations.young);
    }
    CompiledSchedule other = generations.young.putIfAbsent(cron, compiled);
    return other != null ? other : compiled;
  }
}
