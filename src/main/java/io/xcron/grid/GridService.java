package io.xcron.grid;

import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.config.ServiceConfig;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.recordstore.MutationObserver;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.AppendLog;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.Time;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The grid's part inside a Hazelcast member: an SPI service that has a {@link Replica} for every
 * partition and observes the record stores of the grid's maps. It comes with the configuration, so
 * that a host's own {@code Hazelcast.newHazelcastInstance(config)} starts it.
 *
 * <p>Hazelcast logs what {@link #init} throws and goes on; {@link #failure} keeps it, and the node
 * refuses to start with it.
 */
final class GridService implements ManagedService {
  static final String NAME = "xcron:grid";

  private final AppendLog journal;
  private final Grants grants;
  private final Time time;
  private final DefinitionCopy definitions = new DefinitionCopy();
  private volatile @Nullable RuntimeException failure;
  private volatile Replica @Nullable [] replicas;
  private volatile @Nullable NodeEngineImpl nodeEngine;

  GridService(AppendLog journal, Grants grants, Time time) {
    this.journal = journal;
    this.grants = grants;
    this.time = time;
  }

  void addTo(Config config) {
    ConfigAccessor.getServicesConfig(config)
        .addServiceConfig(
            new ServiceConfig().setName(NAME).setEnabled(true).setImplementation(this));
  }

  @Override
  public void init(NodeEngine engine, Properties properties) {
    try {
      int count = engine.getPartitionService().getPartitionCount();
      Replica[] all = new Replica[count];
      for (int partition = 0; partition < count; partition++) {
        all[partition] = new Replica(partition, journal);
      }
      MapService maps = engine.getService(MapService.SERVICE_NAME);
      ObservedPartitionContainer.install(maps, count, new Observers(all, definitions));
      nodeEngine = (NodeEngineImpl) engine;
      replicas = all;
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void reset() {
    closeAll();
  }

  @Override
  public void shutdown(boolean terminate) {
    closeAll();
  }

  private void closeAll() {
    Replica[] all = replicas;
    if (all != null) {
      for (Replica replica : all) {
        replica.close();
      }
    }
  }

  /** Fails if the member came up without this service at work. */
  NodeEngineImpl attached() {
    NodeEngineImpl engine = nodeEngine;
    if (failure != null || engine == null) {
      throw new IllegalStateException(
          "xcron could not attach itself to the Hazelcast member", failure);
    }
    return engine;
  }

  boolean isIn(UUID member) {
    NodeEngineImpl engine = nodeEngine;
    return engine != null && engine.getLocalMember().getUuid().equals(member);
  }

  Replica replica(int partition) {
    Replica[] all = replicas;
    if (all == null) {
      throw new IllegalStateException("the member has not started");
    }
    return all[partition];
  }

  DefinitionCopy definitions() {
    return definitions;
  }

  AppendLog journal() {
    return journal;
  }

  long nowMillis() {
    return time.nowMillis();
  }

  Grant requireGrant(int partition) {
    Grant grant = grants.grant(partition);
    if (grant == null) {
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED, "partition " + partition + " has no current grant here");
    }
    return grant;
  }

  /** The grant under which a partition may be read or written now. */
  Grant grantFor(Replica replica) {
    Grant grant = requireGrant(replica.partition());
    if (!replica.isOpen()) {
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED,
          "partition " + replica.partition() + " is still being recovered");
    }
    return grant;
  }

  /** Refuses what the journal cannot take now, before anything is changed in memory. */
  void requireRoom(Replica replica, Change change) {
    requireRoom(replica, change.needsRoom());
  }

  void requireRoom(Replica replica, boolean adds) {
    switch (journal.state()) {
      case OPEN -> {}
      case LOW -> {
        if (adds) {
          throw new GridException(
              GridException.Kind.NOT_ACCEPTED,
              "disk space is low: new tasks are refused until some is freed");
        }
      }
      case CLOSED_FULL ->
          throw new GridException(GridException.Kind.NOT_ACCEPTED, "the disk is full");
      case CLOSED_FAILED ->
          throw new GridException(
              GridException.Kind.NOT_ACCEPTED, "the journal cannot be written: see the log");
      case SHUT ->
          throw new GridException(GridException.Kind.NOT_ACCEPTED, "this member is stopping");
    }
    if (replica.behind()) {
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED,
          "partition " + replica.partition() + " is being written anew after the disk was full");
    }
  }

  /** Whether what was done under a grant may still be promised. */
  boolean stillGranted(Grant grant) {
    Grant current = grants.grant(grant.partition());
    return current != null && current.epoch() == grant.epoch();
  }

  private static final class Observers implements ObservedPartitionContainer.ReplicaObservers {
    private final Replica[] replicas;
    private final DefinitionCopy definitions;

    Observers(Replica[] replicas, DefinitionCopy definitions) {
      this.replicas = replicas;
      this.definitions = definitions;
    }

    @Override
    public boolean observes(String map) {
      return TaskMaps.ALL.contains(map);
    }

    @Override
    public MutationObserver<?> observe(String map, int partition) {
      Replica replica = replicas[partition];
      int number = TaskMaps.ALL.indexOf(map);
      return number == Replica.TASKS ? tasks(replica) : side(replica, number);
    }

    private static StoreObserver tasks(Replica replica) {
      return new StoreObserver() {
        @Override
        void put(byte[] key, byte[] value) {
          replica.observedTask(key, value);
        }

        @Override
        void removed(byte[] key) {
          replica.observedTaskRemoval(key);
        }

        @Override
        void dropped() {
          replica.close();
        }
      };
    }

    private StoreObserver side(Replica replica, int map) {
      return new StoreObserver() {
        @Override
        void put(byte[] key, byte[] value) {
          replica.observedSide(map, key, value);
          if (map == Replica.DEFINITIONS) {
            definitions.observed(key, value);
          }
        }

        @Override
        void removed(byte[] key) {
          replica.observedSideRemoval(map, key);
          if (map == Replica.DEFINITIONS) {
            definitions.observed(key, null);
          }
        }

        @Override
        void dropped() {
          replica.close();
        }
      };
    }
  }
}
