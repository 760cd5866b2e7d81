/**
 * The words of xcron, as records and sealed types, and how they are stored.
 *
 * <p>A {@link io.xcron.model.Task} is what a user defines; it is written once and changed rarely.
 * Its {@link io.xcron.model.Progress} is what has happened to it; it changes with every fire. Both
 * lie together in one {@link io.xcron.model.TaskRecord}, an immutable byte array that is at once
 * the value in the grid, the value in the journal and the value on the wire: a fixed header that
 * holds the progress and a body that holds the definition. The header can be read and replaced
 * without touching the body, because a completion must cost a copy and not a parse.
 *
 * <p>Every write is a {@link io.xcron.model.Change}, a pure function from the record that is there
 * to the record that shall be there. The grid applies it on the partition's thread; a simulator
 * applies it without a grid.
 *
 * <p>{@code java.time} types stand at the edges (definitions); the inside counts milliseconds since
 * the epoch and says so in its names.
 */
@NullMarked
package io.xcron.model;

import org.jspecify.annotations.NullMarked;
