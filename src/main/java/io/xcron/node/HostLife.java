package io.xcron.node;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one start of the instance that a host gives. It is the host's to start and to end: what would
 * need another start ends xcron in it instead, and what tells the others of this member stays until
 * the instance is gone, so that they know that it keeps nothing any more.
 */
final class HostLife implements InstanceLife {
  private final Supplier<@Nullable HazelcastInstance> given;
  private final Tenant tenant;
  private final Consumer<String> giveUp;
  private @Nullable AutoCloseable rooms;

  /**
   * @param given the instance, there when it is started
   * @param giveUp is told why xcron can do nothing in the instance any more; must not wait
   */
  HostLife(Supplier<@Nullable HazelcastInstance> given, Tenant tenant, Consumer<String> giveUp) {
    this.given = given;
    this.tenant = tenant;
    this.giveUp = giveUp;
  }

  @Override
  public synchronized void start() throws Exception {
    HazelcastInstance instance = given.get();
    if (instance == null) {
      throw new IllegalStateException("the host has given no instance yet");
    }
    rooms = tenant.moveIn(instance);
  }

  @Override
  public @Nullable HazelcastInstance instance() {
    HazelcastInstance instance = given.get();
    return instance == null || !instance.getLifecycleService().isRunning() ? null : instance;
  }

  /** The host sees to the network of its instance. */
  @Override
  public Set<Address> otherClusters() {
    return Set.of();
  }

  @Override
  public synchronized int starts() {
    return rooms == null ? 0 : 1;
  }

  @Override
  public void restart(String reason) {
    giveUp.accept(reason);
  }

  @Override
  public void leave(boolean inOrder) {
    close();
  }

  /** Without effect while the instance runs; to be called again when it is gone. */
  @Override
  public synchronized void close() {
    AutoCloseable built = rooms;
    if (built == null || instance() != null) {
      return;
    }
    rooms = null;
    Closing closing = new Closing();
    closing.add(built);
    closing.closeAll();
  }
}
