package io.xcron.node;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the Hazelcast instance of a member of a cluster comes from, and what becomes of it: {@link
 * GridLife} starts one, and starts another when it has to; {@link HostLife} has that of a host.
 */
interface InstanceLife extends AutoCloseable {
  /** Built on each start of the instance, and closed before the next. */
  @FunctionalInterface
  interface Tenant {
    /**
     * Called by the thread that starts the instance.
     *
     * @return what is closed when the instance ends, before it is terminated by us, or after it has
     *     ended by itself; may be closed more than once
     */
    AutoCloseable moveIn(HazelcastInstance instance) throws Exception;
  }

  /** Lets the tenant move in for the first time, in the caller's thread. */
  void start() throws Exception;

  /** The running instance; null while there is none. */
  @Nullable HazelcastInstance instance();

  /** Members that refused the last start because their cluster has another name. */
  Set<Address> otherClusters();

  /** How often the tenant moved in. */
  int starts();

  /** The instance is of no use any more, and why. */
  void restart(String reason);

  /** Leaves the cluster: in order, handing over what it holds, or at once. */
  void leave(boolean inOrder);

  @Override
  void close();
}
