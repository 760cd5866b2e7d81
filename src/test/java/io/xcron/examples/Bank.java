package io.xcron.examples;

import com.hazelcast.config.Config;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.Xcron;
import io.xcron.XcronException;
import io.xcron.XcronPrepared;
import io.xcron.XcronSettings;
import io.xcron.model.Policy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A host application that is started three times, each with its own Hazelcast configuration. The
 * three share the accounts: each books the interest of those that it owns.
 */
final class Bank {
  static final int ACCOUNTS = 24;

  private Bank() {}

  public static void main(String[] arguments) {
    Config config = new Config().setClusterName("bank");
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(Integer.parseInt(arguments[1])).setPortAutoIncrement(false);
    network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    network.getJoin().getAutoDetectionConfig().setEnabled(false);
    network
        .getJoin()
        .getTcpIpConfig()
        .setEnabled(true)
        .setMembers(List.of(arguments[2].split(",")));

    XcronPrepared prepared =
        Xcron.prepare(
            config,
            XcronSettings.in(Path.of(arguments[0]))
                .with("cluster.size", "3")
                .withoutHttp()
                .withHandler(
                    "interest",
                    run -> say("booked " + run.taskId() + " " + run.number() + " " + run.due())));
    HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config);
    Xcron xcron = prepared.start(hazelcast);
    xcron.ended().thenAccept(reason -> say("ended " + reason));
    for (int account = 0; account < ACCOUNTS; account++) {
      open(xcron, "account-" + account);
    }
    say("open");
  }

  /** Each of the three may come first. */
  private static void open(Xcron xcron, String account) {
    try {
      xcron.create(
          Xcron.task(account)
              .every(Duration.ofSeconds(1))
              .overlap(Policy.Overlap.QUEUE)
              .handler("interest"));
    } catch (XcronException e) {
      if (e.reason() != XcronException.Reason.CONFLICT) {
        throw e;
      }
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
