package io.xcron.examples;

import static java.util.Objects.requireNonNull;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.xcron.Xcron;
import io.xcron.XcronPrepared;
import io.xcron.XcronSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/** A host application with its own Hazelcast, in which xcron lives beside its maps. */
final class Shop implements AutoCloseable {
  private final XcronPrepared prepared;
  private final HazelcastInstance hazelcast;
  private final Xcron xcron;
  private final IMap<String, String> orders;

  Shop(Path data, Config config) {
    prepared = Xcron.prepare(config, XcronSettings.in(data).withoutHttp());
    hazelcast = Hazelcast.newHazelcastInstance(config);
    orders = hazelcast.getMap("orders");
    xcron = prepared.start(hazelcast);
    xcron.handler("cancel", run -> orders.replace(requireNonNull(run.arg()), "open", "cancelled"));
  }

  void order(String id, Duration patience) {
    orders.put(id, "open");
    xcron.createOnce(id, Xcron.task().at(Instant.now().plus(patience)).handler("cancel", id));
  }

  String state(String id) {
    return String.valueOf(orders.get(id));
  }

  IMap<String, String> orders() {
    return orders;
  }

  @Override
  public void close() {
    prepared.close();
    hazelcast.shutdown();
  }
}
