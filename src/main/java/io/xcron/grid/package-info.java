/**
 * Where tasks live: the partitions' replicas, their copies on other members, and their way to the
 * journal and back.
 *
 * <p>A write goes to the member that the ledger names owner of its partition ({@code GridCall}), as
 * one operation. On the partition's thread it asks for the grant, takes the next version, applies
 * the {@link io.xcron.model.Change} and changes the {@code Replica}: its slots and index, the
 * journal, and the partition's engine, in one order. Hazelcast's record stores show the content and
 * decide nothing. The acknowledgement leaves when the write is durable here and on every copy that
 * must have it.
 *
 * <p>Copies are a state machine for each partition, without clock or network: {@code LocalCopy} is
 * what this member has and takes, {@code CopyLeader} what an owner knows of the others, {@code
 * CopySender} what it sends them, {@code CopyPatience} how long it bears with them, and {@code
 * PartitionCopies} both sides. {@code ClusterCopies} drives them and {@code MemberStreams} carries
 * their messages. A member that is alone has none of that. The same streams carry what parts above
 * the grid say to each other, see {@link io.xcron.grid.GridMail}.
 *
 * <p>What tasks refer to by name, services and calendars, is the {@link io.xcron.grid.Registry}: a
 * map beside the tasks in one fixed partition, on the same road. Each member keeps a copy of it at
 * hand.
 */
@NullMarked
package io.xcron.grid;

import org.jspecify.annotations.NullMarked;
