/**
 * What has happened: run records and audit lines, kept by the member that wrote them and, as a copy
 * each, by one other, and found by all.
 *
 * <p>The engine hands each record to {@link io.xcron.history.RunJournal}, which writes it as bytes
 * ({@link io.xcron.model.RunCodec}) and leaves it to the run store of the {@code journal} package.
 * That has a queue and a thread of its own, so that history never holds up firing. On its way into
 * the store each record is counted by {@link io.xcron.history.RunStatistics}, which keeps figures
 * of the last day in memory and counts the files anew after a restart; {@code CopySender} then
 * sends a copy to a backup of the record's partition, whose {@code CopyTaker} gives it to the store
 * there.
 *
 * <p>Questions go through {@link io.xcron.history.HistoryCluster}: {@code SharedHistory} asks all
 * members at once ({@code Gathering}, {@link io.xcron.grid.Peers}) and puts their parts together.
 * Runs are sorted by generation and number, not by when they ended, so that a list does not depend
 * on which member keeps which record, and a cursor is nothing but a place in that order. What a
 * crash has cost a member's disk and others have as copies comes back by {@code Healing}. {@link
 * io.xcron.history.LiveOutput} is the door to what has no record yet.
 */
@NullMarked
package io.xcron.history;

import org.jspecify.annotations.NullMarked;
