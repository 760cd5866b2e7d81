/**
 * One member, composed: configuration in, the parts started in the order of their needs, and
 * stopped in the reverse order.
 *
 * <p>Start: the journal is opened (it holds the lock on the data directory), Hazelcast starts with
 * the grid in it, the slices are granted, the partitions come back from the journal and open their
 * engines, and last the door opens. Stop: the engines drain, the door closes, the journal notes a
 * clean end.
 */
@NullMarked
package io.xcron.node;

import org.jspecify.annotations.NullMarked;
