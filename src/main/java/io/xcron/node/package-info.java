/**
 * One member, composed: configuration in, the parts started in the order of their needs, and
 * stopped in the reverse order.
 *
 * <p>Start: the journal is opened (it holds the lock on the data directory), Hazelcast starts with
 * the grid in it, the slices are granted, the partitions come back from the journal and open their
 * engines, and last the door opens. Stop: the engines drain, the door closes, the journal notes a
 * clean end; in a cluster all of it goes on until the partitions have been handed over.
 *
 * <p>A host application may bring the Hazelcast instance ({@link io.xcron.node.HostMember}): what
 * must be there before it starts is the {@link io.xcron.node.HostGround}, which is laid into the
 * host's configuration. In a cluster {@link io.xcron.node.HostConfig} checks and completes that
 * configuration, {@link io.xcron.node.HostJoin} keeps strangers out, and {@link
 * io.xcron.node.HostLife} stands for the instance, which is never ended here.
 *
 * <p>In a cluster of three and more, which {@link io.xcron.node.MemberStart} begins, {@link
 * io.xcron.node.ClusterMember} stands between: it starts the Hazelcast instance ({@link
 * io.xcron.node.ClusterConfig}, {@link io.xcron.node.JoinCheck}, {@link io.xcron.node.SteadyClock})
 * and starts it again when it gave up or was on the wrong side of a split ({@link
 * io.xcron.node.GridLife}, {@link io.xcron.node.SplitWatch}), keeps the number of voters ({@link
 * io.xcron.node.CpKeeper}), and lets the members know of each other ({@link
 * io.xcron.node.ClusterFigures}, {@link io.xcron.node.GridSight}). What has to do with tasks is
 * built upon each start of the instance and closed with it ({@link io.xcron.node.MemberTenant},
 * {@link io.xcron.node.MemberRooms}). The rest, {@link io.xcron.node.NodeParts}, is the same for a
 * member that runs alone: it stays, and sees the grid of the moment through a {@link
 * io.xcron.node.CurrentGrid}.
 *
 * <p>Figures are counted once, in {@link io.xcron.node.NodeMetrics}; {@link
 * io.xcron.node.HazelcastFigures} shows them to Management Center and JMX.
 */
@NullMarked
package io.xcron.node;

import org.jspecify.annotations.NullMarked;
