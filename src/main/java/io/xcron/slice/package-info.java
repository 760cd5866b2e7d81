/**
 * Who may act, in which slice, with which token.
 *
 * <p>The {@link io.xcron.slice.Ledger} is one small value in a {@link io.xcron.slice.LedgerStore}.
 * Its leader moves the slice on every half second by compare-and-set, and names owners; owners
 * change what is theirs. Every member reads it more often and takes from each read the grants for
 * the partitions that the ledger gives to it. A grant ends by itself on the reader's clocks,
 * counted from before the read, so a member that is cut off stops without being told, and a new
 * owner waits as long. The slice in which a grant was read is the fencing token of all that is done
 * under it.
 *
 * <p>{@link io.xcron.slice.SliceProtocol} is one start of a member as a state machine, which a
 * simulation drives as well as {@link io.xcron.slice.SliceKeeper} does. It asks {@link
 * io.xcron.slice.Rules} for what may not be otherwise, {@link io.xcron.slice.Owners} for who comes
 * next, and {@link io.xcron.slice.FirstLedger} when there is no ledger. What it must know of the
 * world it asks of a {@link io.xcron.slice.ClusterSight}. The rules and their proof are in {@code
 * docs/slices.md}.
 *
 * <p>Slices only grow, also across full restarts: a slice is used only below a limit that lies
 * durably in journals, two of them in a cluster.
 *
 * <p>Mutexes of a cluster lie beside the ledger, in the tables of a {@link
 * io.xcron.slice.MutexStore}; what they mean is the engine's matter.
 *
 * <p>A member that runs alone keeps its ledger in memory: it is leader and owner of everything, and
 * what a majority would promise is promised by the lock on its data directory.
 */
@NullMarked
package io.xcron.slice;

import org.jspecify.annotations.NullMarked;
