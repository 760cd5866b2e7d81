/**
 * Where tasks live: the partitions' replicas in Hazelcast, the writes to them, and their way to the
 * journal and back.
 *
 * <p>A write goes to the owner of its partition as one operation. On the partition's thread it asks
 * for the grant, takes the next version, applies the {@link io.xcron.model.Change} and puts the
 * result into the record store of the IMap {@code xcron.tasks}. What the record store does is
 * observed there, whoever caused it: the observation keeps the slots and the index of the
 * partition, feeds the journal, and tells the partition's engine, all before the write is
 * acknowledged. The acknowledgement leaves from the journal's thread when the group commit that
 * holds the write is durable.
 *
 * <p>What tasks refer to by name, services and calendars, is the {@link io.xcron.grid.Registry}: a
 * map beside the tasks in one fixed partition, on the same road. Each member keeps a copy of it at
 * hand.
 */
@NullMarked
package io.xcron.grid;

import org.jspecify.annotations.NullMarked;
