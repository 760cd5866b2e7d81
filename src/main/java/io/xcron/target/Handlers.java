package io.xcron.target;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The Java code that runs may call, and the members that have it. */
public interface Handlers {
  /** This member has none. */
  Handlers NONE = name -> null;

  /** The code of this name on this member; null for none. Any thread may ask; must not block. */
  @Nullable HandlerCode find(String name);

  /**
   * Hands an attempt that has not started to a member that has the code: in a rolling deploy some
   * members run an older version of the host. Called on a virtual thread, which it may block for
   * half a second, at most once for an attempt and before {@link Attempt#mayStart}, which it asks.
   *
   * @param ended told once, by any thread, when it was taken, with {@link Outcome.Withdrawn} when
   *     it was not started after all; {@link Attempt#ended} is not for the one who takes it
   * @return whether another member has taken it; false when there is none, and the attempt then
   *     fails without having started
   */
  default boolean handOn(Attempt attempt, String name, Consumer<Outcome> ended) {
    return false;
  }

  /** Ends by force what {@link #handOn} has handed on. */
  default void kill(Attempt attempt) {}

  /**
   * Hears again what becomes of an attempt that was handed on, see {@link Targets#rejoin}.
   *
   * @param ended told once, by any thread, after a true
   */
  default boolean rejoin(Attempt attempt, String member, Consumer<Outcome> ended) {
    return false;
  }

  /** Says that nobody has the code. */
  default String missing(String name) {
    return "no handler " + name + " here";
  }
}
