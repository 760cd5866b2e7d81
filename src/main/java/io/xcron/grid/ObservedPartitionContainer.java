package io.xcron.grid;

import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.PartitionContainer;
import com.hazelcast.map.impl.PartitionContainerImpl;
import com.hazelcast.map.impl.recordstore.MutationObserver;
import com.hazelcast.map.impl.recordstore.RecordStore;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * A partition's record stores, each observed from its birth.
 *
 * <p>Hazelcast offers no way to observe a record store on backups, through migration and
 * anti-entropy; its own indexes use {@code MutationObserver}, which sees all of that. So the
 * containers of the map service are replaced before their first use by this subclass, which adds an
 * observer to each store that comes to be. This is written for Hazelcast 5.4.0 alone, touches two
 * private fields, and is checked at start ({@link #install} fails) and by a test of the version.
 */
final class ObservedPartitionContainer extends PartitionContainerImpl {
  private final ReplicaObservers observers;
  private final Set<RecordStore<?>> observed = ConcurrentHashMap.newKeySet();

  /** Makes the observer of one store; null for stores that are none of ours. */
  interface ReplicaObservers {
    MutationObserver<?> observe(String map, int partition);

    boolean observes(String map);
  }

  private ObservedPartitionContainer(
      MapService service, int partition, ReplicaObservers observers) {
    super(service, partition);
    this.observers = observers;
  }

  /**
   * Replaces the containers of all partitions.
   *
   * @throws IllegalStateException if this Hazelcast is built otherwise, or a store exists already
   */
  static void install(MapService service, int partitionCount, ReplicaObservers observers) {
    IntFunction<PartitionContainer> make =
        partition -> new ObservedPartitionContainer(service, partition, observers);
    try {
      PartitionContainer[] containers =
          (PartitionContainer[]) valueOf(service.getMapServiceContext(), "partitionContainers");
      for (int partition = 0; partition < partitionCount; partition++) {
        PartitionContainer present = containers[partition];
        if (present != null && !present.getMaps().isEmpty()) {
          throw new IllegalStateException("partition " + partition + " is in use already");
        }
        containers[partition] = make.apply(partition);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "the map service of this Hazelcast cannot be observed; 5.4.0 is needed", e);
    }
  }

  @Override
  public RecordStore<?> getRecordStore(String name) {
    return observed(name, super.getRecordStore(name));
  }

  @Override
  public RecordStore<?> getRecordStore(String name, boolean skipLoadingOnCreate) {
    return observed(name, super.getRecordStore(name, skipLoadingOnCreate));
  }

  @Override
  public RecordStore<?> getRecordStoreForHotRestart(String name) {
    return observed(name, super.getRecordStoreForHotRestart(name));
  }

  private RecordStore<?> observed(String name, RecordStore<?> store) {
    if (observers.observes(name) && !observed.contains(store)) {
      synchronized (observed) {
        if (!observed.contains(store)) {
          attach(store, observers.observe(name, getPartitionId()));
          // A store that was cleared on shutdown or migration is replaced by a new one: only the
          // last is of use.
          observed.removeIf(old -> old.getName().equals(name));
          observed.add(store);
        }
      }
    }
    return store;
  }

  private static void attach(RecordStore<?> store, MutationObserver<?> observer) {
    try {
      Object composite = valueOf(store, "mutationObserver");
      Method add = composite.getClass().getMethod("add", MutationObserver.class);
      add.setAccessible(true);
      add.invoke(composite, observer);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "a record store of this Hazelcast cannot be observed; 5.4.0 is needed", e);
    }
  }

  private static Object valueOf(Object object, String field) throws ReflectiveOperationException {
    for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
      for (Field declared : type.getDeclaredFields()) {
        if (declared.getName().equals(field)) {
          declared.setAccessible(true);
          return declared.get(object);
        }
      }
    }
    throw new NoSuchFieldException(object.getClass() + " has no field " + field);
  }
}
