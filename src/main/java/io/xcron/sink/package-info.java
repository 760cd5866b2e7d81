/**
 * Long history: the run records of this member, on their way into a table of an SQL database. Off
 * unless a database is set.
 *
 * <p>One thread, {@link io.xcron.sink.RunSink}, follows the run store ({@link
 * io.xcron.journal.RunTail}), which is the buffer: nothing is queued here but one batch, and
 * nothing that fires knows of it. Each batch is one transaction ({@code Database}): upserts by the
 * key of a run, of which the record that was written last wins, and the place in the store up to
 * which all is there. So a batch may be sent any number of times, by any member that has the
 * records, and what was under way when a process or the database died is sent again.
 *
 * <p>The place is kept twice: beside the rows, where it cannot be ahead of them, and in a file of
 * the store ({@code SinkPlace}), so that what retention takes away is counted before the database
 * is first reached. The smaller one counts.
 */
@NullMarked
package io.xcron.sink;

import org.jspecify.annotations.NullMarked;
