package io.xcron.slice;

/**
 * Where the mutexes of a cluster lie: {@link #STRIPES} tables. Both calls are linearizable, and are
 * made by one thread of each member. They may block, but not for ever: less than a second, after
 * which they throw {@link IllegalStateException}. What is thrown leaves open whether a change was
 * made, now or later; whoever needs to know changes the table once more.
 */
public interface MutexStore {
  /**
   * Over so many tables names are spread by their hash. They are a fixed number because objects of
   * the CP Subsystem live for ever. Fewer make members' changes meet more often; with more, less
   * goes into one change. All members must have the same number.
   */
  int STRIPES = 16;

  /** The stripe of a name. */
  static int stripe(String name) {
    return Math.floorMod(name.hashCode(), STRIPES);
  }

  /** The table of a stripe; {@link MutexTable#EMPTY} at first. */
  MutexTable read(int stripe);

  /** Replaces the table of a stripe if it is as expected. */
  boolean compareAndSet(int stripe, MutexTable expected, MutexTable next);
}
