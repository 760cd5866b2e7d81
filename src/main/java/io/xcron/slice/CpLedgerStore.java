package io.xcron.slice;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.IAtomicReference;
import com.hazelcast.cp.exception.CPGroupDestroyedException;
import com.hazelcast.cp.internal.RaftInvocationManager;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.datastructures.atomicref.proxy.AtomicRefProxy;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.spi.exception.DistributedObjectDestroyedException;
import com.hazelcast.spi.impl.operationservice.impl.RaftInvocationContext;
import java.lang.System.Logger;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of a cluster: one reference in Hazelcast's CP Subsystem, in its default group. One
 * thread calls.
 *
 * <p>Each call waits at most {@link #CALL}, a third of a grant. What was not answered by then is
 * <em>unknown</em>: a change may have been made, and may even be made later, which the caller finds
 * out by reading. What fails, fails with {@link IllegalStateException}.
 *
 * <p><b>A hung leader.</b> Hazelcast sends operations to the Raft leader it has last heard of, and
 * asks nobody else as long as that one is a member, even after the other voters have elected a new
 * one. So after a call without an answer the leader is taken from this member's own voter, if it
 * has one. That is a hint where to send to, no more: a member that does not lead refuses, and the
 * right one is asked. This reaches into Hazelcast 5.4.0 and is confined to this class.
 *
 * <p><b>A reset.</b> When the CP Subsystem was started anew its objects are gone, and the old
 * reference answers so. The next call looks the reference up again, and finds no ledger in it.
 */
public final class CpLedgerStore implements LedgerStore {
  /** Shorter fails on a busy machine; longer leaves no second try within a grant. */
  public static final Duration CALL = Duration.ofMillis(300);

  private static final Logger LOG = System.getLogger(CpLedgerStore.class.getName());
  private static final String NAME = "xcron.slices";

  private final Leaders leaders;
  private final CpReference reference;

  public CpLedgerStore(HazelcastInstance instance) {
    this.reference = new CpReference(instance, NAME);
    this.leaders = new Leaders(((HazelcastInstanceProxy) instance).getOriginal());
  }

  @Override
  public @Nullable Ledger read() {
    byte[] bytes = call(IAtomicReference::getAsync);
    return bytes == null ? null : Ledger.read(bytes);
  }

  @Override
  public boolean compareAndSet(@Nullable Ledger expected, Ledger next) {
    byte[] before = expected == null ? null : expected.toBytes();
    byte[] after = next.toBytes();
    return Boolean.TRUE.equals(
        this.<Boolean>call(reference -> reference.compareAndSetAsync(before, after)));
  }

  /**
   * Where the voter is that leads the ledger's group, as far as this member knows; null if it does
   * not. Not its name: CP gives a voter that was promoted another than its member has.
   */
  public @Nullable Address raftLeader() {
    IAtomicReference<byte[]> opened = reference.ifOpen();
    return opened == null ? null : leaders.address(groupOf(opened));
  }

  private <T> @Nullable T call(Function<IAtomicReference<byte[]>, CompletionStage<T>> operation) {
    long deadlineNanos = System.nanoTime() + CALL.toNanos();
    CPGroupId group = null;
    try {
      IAtomicReference<byte[]> opened = reference.open(deadlineNanos);
      group = groupOf(opened);
      return CpReference.within(deadlineNanos, operation.apply(opened).toCompletableFuture());
    } catch (TimeoutException e) {
      if (group != null) {
        leaders.refresh(group);
      }
      throw new IllegalStateException("the ledger did not answer within " + CALL, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (group == null
          || cause instanceof CPGroupDestroyedException
          || cause instanceof DistributedObjectDestroyedException) {
        reference.forget();
      }
      throw new IllegalStateException("the ledger failed: " + cause, cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at the ledger", e);
    }
  }

  private static CPGroupId groupOf(IAtomicReference<byte[]> reference) {
    return ((AtomicRefProxy<byte[]>) reference).getGroupId();
  }

  /** The part that reaches into Hazelcast: whom it takes for the leader of a group. */
  private static final class Leaders {
    private final RaftService raft;
    private final RaftInvocationContext invocations;
    private final ConcurrentMap<CPGroupId, CPMember> known;

    @SuppressWarnings("unchecked") // The type of the field, as the pin test sees it.
    Leaders(com.hazelcast.instance.impl.HazelcastInstanceImpl hazelcast) {
      raft = hazelcast.node.getNodeEngine().getService(RaftService.SERVICE_NAME);
      RaftInvocationManager manager = raft.getInvocationManager();
      invocations = manager.getRaftInvocationContext();
      try {
        Field field = RaftInvocationContext.class.getDeclaredField("knownLeaders");
        field.setAccessible(true);
        known = (ConcurrentMap<CPGroupId, CPMember>) field.get(invocations);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("this is not the Hazelcast that xcron is made for", e);
      }
    }

    /** By this member's own voter; without one, whom the last answer came from. */
    @Nullable Address address(CPGroupId group) {
      CPMember leader = raft.getRaftNode(group) == null ? known.get(group) : leader(group);
      return leader == null ? null : leader.getAddress();
    }

    private @Nullable CPMember leader(CPGroupId group) {
      RaftNode voter = raft.getRaftNode(group);
      RaftEndpoint leader = voter == null ? null : voter.getLeader();
      return leader == null ? null : invocations.getCPMember(leader.getUuid());
    }

    /**
     * Without a voter of its own this member forgets the leader, and then asks one after another.
     */
    void refresh(CPGroupId group) {
      CPMember member = leader(group);
      CPMember before = member == null ? known.remove(group) : known.put(group, member);
      if (before != null && !before.equals(member)) {
        LOG.log(
            Logger.Level.INFO, "the ledger is asked for at {0}, no longer at {1}", member, before);
      }
    }
  }
}
