/**
 * The engine of each owned partition: from a due instant to a run that is written down as ended.
 *
 * <p>{@link io.xcron.fire.FireEngine} is the door. It spreads the partitions over lanes; a lane is
 * one thread and the only one that decides for its partitions. A partition's engine keeps two
 * wheels: one with the next due instant of each task, which is all that a waiting task costs, and a
 * small one for the runs under way (a back-off, a full host, the second after which a run is
 * written open).
 *
 * <p>The way of a fire: the wheel hands its slot to the decider, which looks at the record and at
 * what goes on for the task already. An ordinary fire becomes a run at once, under number {@code
 * decidedNumber + 1}, with nothing written: the grant is the exclusive right, and whoever owns the
 * task after a crash repeats it under the same number. Whatever would make a number ambiguous
 * (skipping, queueing, collapsing, a second run beside the first, an at-most-once start) is a
 * {@link io.xcron.model.RunChange.Decide} that is durable before anything starts because of it. The
 * run is offered to {@link io.xcron.target.Targets}; right before its bytes go out it asks for the
 * grant and takes its token. Its end is one {@link io.xcron.model.RunChange.Finish}.
 *
 * <p>A run ends by the answer to its last attempt, by force, or by a service's word. What users and
 * services have to say of a run that is open is a mark in its record ({@code KILLED}, {@code
 * CONFIRMED}, {@code FAILED}), durable before they are answered; the engine sees the mark with the
 * write, and acts on it as soon as nothing of the run is under way: it tells the targets to kill,
 * waits for the end of the attempt, and writes the end. So a mark holds for the next owner too, and
 * one that comes before the attempt's own answer is not lost. A run that a service has accepted
 * waits for its mark or its deadline; a command is written open at its start with the member it
 * runs on, where the next owner asks for it before it is repeated.
 *
 * <p>Each run that has ended, and each instant that was let go, becomes a {@link
 * io.xcron.model.RunRecord}, handed on when its end is durable. A crash in between loses the
 * record, never the end.
 *
 * <p>A run whose task names a mutex claims it when it could start ({@link io.xcron.fire.Mutexes}),
 * waits for at most {@code mutex_wait}, and keeps it until its end is durable. The mutex belongs to
 * the run and not to a thread or a member, so the next owner of the task takes it over with the
 * run.
 *
 * <p>Three kinds of threads meet here. The lane decides under the partition's lock and does its I/O
 * after it. The partition's thread of the grid calls {@code changed} under the same lock. Event
 * loops ask {@code mayStart} and tell {@code ended} without any lock: they read volatile flags, and
 * leave a signal for the lane.
 *
 * <p>At most one run of a task is unwritten, and the next number is used only when the write that
 * settles the number before it is durable. The rest follows from that.
 */
@NullMarked
package io.xcron.fire;

import org.jspecify.annotations.NullMarked;
