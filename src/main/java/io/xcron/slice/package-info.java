/**
 * Who may act, in which slice, with which token.
 *
 * <p>The {@link io.xcron.slice.Ledger} is one small value. Its leader moves the slice on every half
 * second by compare-and-set; every member reads it more often and takes from each read the grants
 * for the partitions that the ledger gives to it. A grant ends by itself on the reader's monotonic
 * clock, counted from before the read, so a member that is cut off stops without being told. The
 * slice in which a grant was read is the fencing token of all that is done under it.
 *
 * <p>Slices only grow, also across full restarts: a member uses a slice only below a limit that
 * lies durably in its journal.
 *
 * <p>A member that runs alone keeps its ledger in memory: it is leader and owner of everything, and
 * what a majority would promise is promised by the lock on its data directory. Clusters will keep
 * it in Hazelcast's CP Subsystem.
 */
@NullMarked
package io.xcron.slice;

import org.jspecify.annotations.NullMarked;
