package io.xcron.journal;

/** Told once how an append ended; see {@link AppendLog#whenDurable}. */
@FunctionalInterface
public interface DurabilityCallback {
  void ended(Durability outcome);
}
