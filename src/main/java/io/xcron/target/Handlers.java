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
   * members run an older version of the host. Called on a virtual thread, at most once for an
   * attempt and before {@link Attempt#mayStart}.
   *
   * @param ended told once, by any thread, when it was taken; {@link Attempt#ended} is not for the
   *     one who takes it
   * @return whether another member has taken it; false when there is none, and the attempt then
   *     fails without having started
   */
  default boolean handOn(Attempt attempt, String name, Consumer<Outcome> ended) {
    return false;
  }

  /** Ends by force what {@link #handOn} has handed on. */
  default void kill(Attempt attempt) {}
}
