package io.xcron.node;

import io.xcron.alert.Alerts;
import io.xcron.grid.TaskGrid;
import io.xcron.history.AuditLog;
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

  static AuditLog audit(NodeConfig config, Time time, NodeMetrics metrics) {
    SafetySettings settings = config.safety();
    AuditLog audit =
        AuditLog.open(
            config.dataDirectory().resolve("audit"),
            Duration.ofDays(settings.auditDays()),
            (long) settings.auditMegabytes() << 20,
            time::nowMillis);
    metrics.gauge(
        "xcron.audit.dropped",
        "Audit lines lost because they came too fast or the disk failed",
        audit,
        kept -> kept.stats().dropped());
    return audit;
  }

  /** Tells both of each run. */
  static RunLog both(RunLog first, RunLog second) {
    return (partition, namespace, run) -> {
      first.ended(partition, namespace, run);
      second.ended(partition, namespace, run);
    };
  }
}
