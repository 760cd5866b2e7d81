package io.xcron.grid;

import com.hazelcast.config.CacheDeserializedValues;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;

/** The maps in which the grid keeps its entries. */
final class TaskMaps {
  static final String TASKS = "xcron.tasks";
  static final String ONCE_KEYS = "xcron.once-keys";

  private TaskMaps() {}

  static void configure(Config config, int backups) {
    config.addMapConfig(map(TASKS, backups));
    config.addMapConfig(map(ONCE_KEYS, backups));
  }

  private static MapConfig map(String name, int backups) {
    return new MapConfig(name)
        .setInMemoryFormat(InMemoryFormat.BINARY)
        .setCacheDeserializedValues(CacheDeserializedValues.NEVER)
        .setBackupCount(backups)
        .setStatisticsEnabled(false);
  }
}
