/**
 * Tells people what went wrong: e-mail and webhooks about runs that failed, timed out or were let
 * go, and about the first success after that.
 *
 * <p>{@link io.xcron.alert.Alerts} hears of every run that ended, on the engine's threads, and
 * drops nearly all of them at once: a plain success costs one look at an empty map. What is left
 * goes into a bounded queue. One thread takes it from there, asks the {@code Throttle} whether this
 * task has told the same a moment ago, reads the task for its {@link io.xcron.model.Alert}, and
 * hands a {@code Message} to the {@code Channel}s. {@code Delivery} tries again, with growing
 * pauses, what did not get through.
 *
 * <p>Nothing here is durable: alerts that wait when the process ends are lost, and so is the memory
 * of which tasks had failed. Every bound, when reached, loses alerts, counts them, and never holds
 * up firing.
 */
@NullMarked
package io.xcron.alert;

import org.jspecify.annotations.NullMarked;
