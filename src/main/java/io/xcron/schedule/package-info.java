/**
 * When next: from the words of a schedule to the instants at which a task fires. Pure: no clock, no
 * I/O, no threads.
 *
 * <p>A {@link io.xcron.model.Schedule} is compiled once into a {@link
 * io.xcron.schedule.CompiledSchedule} and kept in a {@link io.xcron.schedule.ScheduleCache},
 * because millions of tasks share few expressions. A cron text goes {@code CronParser} (one grammar
 * per dialect) → {@code CronText} (what was written, term by term) → {@code CronSchedule} (bit sets
 * beside the zone's offsets, a {@code ZoneClock}). The text is kept for {@code describe}; {@code
 * nextAfter} touches primitives only.
 *
 * <p>What depends on the task rather than on the schedule (start, end, where a fixed rate is
 * anchored, jitter) is in {@link io.xcron.schedule.Timeline}. What becomes of instants that passed
 * while nobody could fire is in {@link io.xcron.schedule.Misfires}. Both are arithmetic on the last
 * <em>scheduled</em> instant, never on the time at which it was handled, so that two members that
 * compute the same step compute the same instant.
 *
 * <p>cron-utils is not the clock here. It drops terms ({@code L,15}), throws on others ({@code
 * 30W}), returns the same instant twice in an overlap and ends in 2099. It words schedules in the
 * languages that we do not word ourselves, and it is one of the oracles of the tests, each where it
 * is right.
 */
@NullMarked
package io.xcron.schedule;

import org.jspecify.annotations.NullMarked;
