package io.xcron.grid;

/**
 * A place in the order (partition, id): everything after it is still to come. Survives migrations
 * and restarts.
 */
public record TaskCursor(int partition, String id) {}
