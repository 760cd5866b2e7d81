package io.xcron.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.map.listener.EntryUpdatedListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShopTest {
  @TempDir Path directory;

  @Test
  void anOrderThatIsNotPaidIsCancelledInTheHostsOwnMap() throws Exception {
    Config config = new Config().setClusterName("shop-" + System.nanoTime());
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.getNetworkConfig().setPort(0).setPortAutoIncrement(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    CountDownLatch updated = new CountDownLatch(1);
    try (Shop shop = new Shop(directory, config)) {
      shop.orders()
          .addEntryListener(
              (EntryUpdatedListener<String, String>) event -> updated.countDown(), "7", false);
      shop.order("7", Duration.ofMillis(200));
      shop.order("8", Duration.ofHours(1));
      assertTrue(updated.await(20, TimeUnit.SECONDS));
      assertEquals("cancelled", shop.state("7"));
      assertEquals("open", shop.state("8"));
    }
  }
}
