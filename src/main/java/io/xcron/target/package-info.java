/**
 * One attempt of a run: from "start it" to an {@link io.xcron.target.Outcome}.
 *
 * <p>The fire engine hands an {@link io.xcron.target.Attempt} to {@link io.xcron.target.Targets}; a
 * simulator stands in the same place.
 */
@NullMarked
package io.xcron.target;

import org.jspecify.annotations.NullMarked;
