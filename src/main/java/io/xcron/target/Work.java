package io.xcron.target;

/** What a member can run for another: all of it that must travel. */
sealed interface Work permits ShellCommand, HandlerOrder {
  AttemptKey key();
}
