package io.xcron.model;

import org.jspecify.annotations.Nullable;

/**
 * What this member may act for now. Asked on every write and right before every attempt; never
 * blocks.
 */
public interface Grants {
  /** The grant of a partition if it is valid now, else null. */
  @Nullable Grant grant(int partition);
}
