/**
 * From deadlines to due timers.
 *
 * <p>Each partition has one {@link io.xcron.wheel.TimerWheel}, on its primary and kept warm on its
 * backups. The owner of the partition gives every task a small dense number, schedules that number
 * at the task's next due instant, and asks {@link io.xcron.wheel.TimerWheel#nextDeadlineMillis} how
 * long it may sleep. When it wakes it advances the wheel with a limit, and the wheel hands the due
 * numbers to its {@link io.xcron.wheel.Expiry}, earliest first; what the limit held back stays due,
 * so a minute-0 storm is met in portions.
 *
 * <p>Nothing here reads a clock, starts a thread or takes a lock: time is handed in, and the wheel
 * belongs to whoever holds its partition's lock. A timer far away costs its 16 bytes and no time.
 */
@NullMarked
package io.xcron.wheel;

import org.jspecify.annotations.NullMarked;
