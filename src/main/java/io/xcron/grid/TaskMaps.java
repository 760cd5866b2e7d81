package io.xcron.grid;

import com.hazelcast.config.CacheDeserializedValues;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.spi.merge.DiscardMergePolicy;
import java.util.List;

/** The maps in which the grid keeps its entries. */
final class TaskMaps {
  static final String TASKS = "xcron.tasks";
  static final String ONCE_KEYS = "xcron.once-keys";
  static final String DEFINITIONS = "xcron.definitions";

  /** By the numbers that {@link Replica} and the journal have for them. */
  static final List<String> NAMES = List.of(TASKS, ONCE_KEYS, DEFINITIONS);

  /** The same once more for practice: nothing in them is kept or shown to anybody. */
  static final List<String> PRACTICE =
      NAMES.stream().map(name -> name.replace("xcron.", "xcron.practice.")).toList();

  private static final int MERGE_BATCH = MergePolicyConfig.DEFAULT_BATCH_SIZE;

  private TaskMaps() {}

  static void configure(Config config, int backups) {
    NAMES.forEach(name -> config.addMapConfig(map(name, backups)));
    PRACTICE.forEach(name -> config.addMapConfig(map(name, 0)));
  }

  private static MapConfig map(String name, int backups) {
    return new MapConfig(name)
        .setInMemoryFormat(InMemoryFormat.BINARY)
        .setCacheDeserializedValues(CacheDeserializedValues.NEVER)
        .setBackupCount(backups)
        // Whoever merges two sides of a split knows nothing of slices: it shall bring nothing.
        .setMergePolicyConfig(
            new MergePolicyConfig(DiscardMergePolicy.class.getName(), MERGE_BATCH))
        .setStatisticsEnabled(false);
  }
}
