package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.config.ServiceConfig;
import com.hazelcast.internal.services.PreJoinAwareService;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.AllowedDuringPassiveState;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.operationservice.Operation;
import java.io.IOException;
import java.lang.System.Logger;

/**
 * Who may stay in a cluster of hosts. {@link JoinCheck} needs an instance that xcron starts itself;
 * in the instance of a host the master sends what it is with the list of members instead, and a
 * joining member that is something else shuts its instance down. One that has no xcron at all
 * cannot read the message, and Hazelcast shuts it down for that.
 *
 * <p>Such a member was in the list for a moment. It got no copy of a task: those are sent to
 * members that have said they keep a journal.
 */
final class HostJoin implements PreJoinAwareService<HostJoin.Compare> {
  private static final String NAME = "xcron:join";

  /** Of the one message here; next to that of the grid's messages. */
  private static final int FACTORY = 0x78_63_6a;

  private static final Logger LOG = System.getLogger(HostJoin.class.getName());

  private final String identity;

  private HostJoin(String identity) {
    this.identity = identity;
  }

  /** Adds the check to a configuration that says already what its member is. */
  static void addTo(Config config) {
    config.getSerializationConfig().addDataSerializableFactory(FACTORY, type -> new Compare(""));
    ConfigAccessor.getServicesConfig(config)
        .addServiceConfig(
            new ServiceConfig()
                .setName(NAME)
                .setEnabled(true)
                .setImplementation(new HostJoin(JoinCheck.of(config))));
  }

  @Override
  public Compare getPreJoinOperation() {
    return new Compare(identity);
  }

  /** Runs in the member that joins, before its instance is handed to the host. */
  static final class Compare extends Operation
      implements AllowedDuringPassiveState, IdentifiedDataSerializable {
    private String cluster;

    Compare(String cluster) {
      this.cluster = cluster;
    }

    @Override
    public void run() {
      NodeEngine engine = getNodeEngine();
      String ours = JoinCheck.of(engine.getConfig());
      if (!ours.equals(cluster)) {
        LOG.log(
            Logger.Level.ERROR,
            "this member does not fit the cluster that it has joined, and its Hazelcast instance is"
                + " shut down. It is: {0}. The cluster is: {1}",
            ours,
            cluster);
        // The cluster's lock is held here, and the end of an instance takes others.
        Thread.ofPlatform()
            .name("xcron-refused")
            .start(() -> engine.getHazelcastInstance().getLifecycleService().terminate());
      }
    }

    @Override
    public String getServiceName() {
      return NAME;
    }

    @Override
    protected void writeInternal(ObjectDataOutput out) throws IOException {
      super.writeInternal(out);
      out.writeString(cluster);
    }

    @Override
    protected void readInternal(ObjectDataInput in) throws IOException {
      super.readInternal(in);
      cluster = String.valueOf(in.readString());
    }

    @Override
    public int getFactoryId() {
      return FACTORY;
    }

    @Override
    public int getClassId() {
      return 1;
    }
  }
}
