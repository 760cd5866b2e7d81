package io.xcron.node;

import io.xcron.alert.Alerts;
import io.xcron.grid.TaskGrid;
import io.xcron.history.HistoryCluster;
import io.xcron.model.RunLog;
import io.xcron.model.Time;
import io.xcron.target.Targets;
import java.time.Duration;

/** The alerts and the audit log of a member. */
final class SafetyParts {
  private SafetyParts() {}

  static Alerts alerts(
      NodeConfig config, TaskGrid grid, Time time, Targets callbacks, NodeMetrics metrics) {
    SafetySettings settings = config.safety();
    Alerts alerts = new Alerts(grid, time, callbacks, settings.smtp(), settings.alerts());
    metrics.gauge("xcron.alerts.sent", "Alerts that got through", alerts, Alerts::sent);
    metrics.gauge("xcron.alerts.failed", "Alerts that did not get through", alerts, Alerts::failed);
    metrics.gauge(
        "xcron.alerts.dropped",
        "Alerts lost because too many came at once",
        alerts,
        Alerts::dropped);
    return alerts;
  }

  /** Where and for how long the audit log is kept. */
  static HistoryCluster.AuditConfig audit(NodeConfig config) {
    SafetySettings settings = config.safety();
    return new HistoryCluster.AuditConfig(
        config.dataDirectory().resolve("audit"),
        Duration.ofDays(settings.auditDays()),
        (long) settings.auditMegabytes() << 20);
  }

  /** Tells both of each run. */
  static RunLog both(RunLog first, RunLog second) {
    return (partition, namespace, run) -> {
      first.ended(partition, namespace, run);
      second.ended(partition, namespace, run);
    };
  }
}
