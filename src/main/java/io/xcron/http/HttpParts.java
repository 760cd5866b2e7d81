package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.TaskGrid;
import io.xcron.history.AuditTrail;
import io.xcron.model.Calendars;
import io.xcron.model.Time;
import java.util.function.Supplier;

/**
 * What the door leads to.
 *
 * @param checks the rules of targets, see there
 * @param metrics the text of {@code GET /metrics}, in Prometheus' format
 * @param cluster the answer of {@code GET /api/v1/cluster}; may take up to a second
 * @param calendars asked for each instant of a task that names one
 * @param registered services and calendars
 * @param shell commands and where they run
 * @param history what has run
 * @param audit who changed what
 * @param control what operators may do
 */
public record HttpParts(
    TaskGrid grid,
    Time time,
    TaskChecks checks,
    Readiness readiness,
    Supplier<String> metrics,
    Supplier<JsonNode> cluster,
    Calendars calendars,
    Registered registered,
    ShellDoor shell,
    HistoryParts history,
    AuditTrail audit,
    ClusterControl control) {

  /** Without an audit log, and with nothing to operate. */
  public HttpParts(
      TaskGrid grid,
      Time time,
      TaskChecks checks,
      Readiness readiness,
      Supplier<String> metrics,
      Supplier<JsonNode> cluster,
      Calendars calendars,
      Registered registered,
      ShellDoor shell,
      HistoryParts history) {
    this(
        grid,
        time,
        checks,
        readiness,
        metrics,
        cluster,
        calendars,
        registered,
        shell,
        history,
        AuditTrail.NONE,
        ClusterControl.NONE);
  }
}
