package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.xcron.grid.GridException;
import io.xcron.grid.Registry;
import io.xcron.history.AuditTrail;
import io.xcron.model.Change;
import io.xcron.model.RunChange;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lines of the audit log. A line is appended when the change was acknowledged and before
 * its answer goes out; it is on the disk at most a second later. A change that nobody knows the end
 * of has a line too, and says so.
 */
final class Audit {
  private final AuditTrail trail;

  Audit(AuditTrail trail) {
    this.trail = trail;
  }

  /** Who asked for a change: taken on the request's thread, used on any. */
  record Request(String actor, String remote, String id, String method, long atMillis) {
    static Request of(Exchange exchange) {
      InetAddress client = exchange.client();
      return new Request(
          exchange.caller().name(),
          client == null ? "" : client.getHostAddress(),
          exchange.requestId(),
          exchange.method(),
          exchange.nowMillis());
    }
  }

  /** A change of one task that was applied. */
  void task(Request by, String id, Change change, Change.Applied applied) {
    switch (applied) {
      case Change.Applied.Stored stored -> {
        TaskRecord record = stored.record();
        int after = record.version();
        // Only another definition has another version.
        Integer before =
            stored.created() ? null : change instanceof TaskChange.Replace ? after - 1 : after;
        String action = action(by, change, stored.created());
        if (action != null) {
          task(by, action, id, namespace(id, change, record), before, after, "done");
        }
      }
      case Change.Applied.Removed removed ->
          task(
              by,
              "delete",
              id,
              removed.last().task(id).namespace(),
              removed.last().version(),
              null,
              "done");
      case Change.Applied.Unchanged unchanged -> {}
      case Change.Applied.Refused refused -> {}
    }
  }

  /** A task that was created under an idempotency key. */
  void created(Request by, String id, TaskChange.Create change) {
    task(by, "create", id, change.task().namespace(), null, 1, "done");
  }

  /** The change failed; it has a line if it may have been done all the same. */
  void failed(Request by, String id, Change change, Throwable failure) {
    String action = action(by, change, change instanceof TaskChange.Create);
    if (action != null && isUnknown(failure)) {
      String namespace =
          switch (change) {
            case TaskChange.Create create -> create.task().namespace();
            case TaskChange.Replace replace -> replace.task().namespace();
            default -> null;
          };
      task(by, action, id, namespace, null, null, "unknown");
    }
  }

  private static boolean isUnknown(Throwable failure) {
    return Call.cause(failure) instanceof GridException grid
        && grid.kind() == GridException.Kind.UNKNOWN;
  }

  private static String namespace(String id, Change change, TaskRecord record) {
    return switch (change) {
      case TaskChange.Create create -> create.task().namespace();
      case TaskChange.Replace replace -> replace.task().namespace();
      default -> record.task(id).namespace();
    };
  }

  /** In the words of the API; null for what is no change by a person. */
  private static @Nullable String action(Request by, Change change, boolean created) {
    return switch (change) {
      case TaskChange.Create create -> "create";
      case TaskChange.Replace replace ->
          created ? "create" : by.method().equals("PATCH") ? "patch" : "replace";
      case TaskChange.Remove remove -> "delete";
      case TaskChange.Pause pause -> "pause";
      case TaskChange.Resume resume -> "resume";
      case RunChange.Run run -> "run";
      case RunChange.Kill kill -> "kill";
      case RunChange.Replay replay -> "replay";
      // Services that say how a run ended, and what the engine does itself.
      default -> null;
    };
  }

  private void task(
      Request by,
      String action,
      String id,
      @Nullable String namespace,
      @Nullable Integer before,
      @Nullable Integer after,
      String result) {
    append(
        by,
        action,
        "task",
        json -> {
          json.writeStringField("task_id", id);
          json.writeStringField("namespace", namespace);
          writeVersion(json, "version_before", before);
          writeVersion(json, "version_after", after);
          json.writeStringField("result", result);
        });
  }

  private static void writeVersion(JsonGenerator json, String name, @Nullable Integer version)
      throws IOException {
    if (version == null) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, version);
    }
  }

  /** A change of a service or calendar. */
  void definition(
      Request by, String action, Registry.Kind kind, String name, @Nullable Throwable failure) {
    if (failure == null || isUnknown(failure)) {
      append(
          by,
          action,
          kind.name().toLowerCase(Locale.ROOT),
          json -> {
            json.writeStringField("name", name);
            json.writeStringField("result", failure == null ? "done" : "unknown");
          });
    }
  }

  /** A change of many tasks, in one line. */
  void many(Exchange exchange, String action, Json.Writing counts) {
    Request by = Request.of(exchange);
    append(
        by,
        action,
        "tasks",
        json -> {
          counts.writeTo(json);
          json.writeStringField("result", "done");
        });
  }

  /** An operation on the cluster that was done. */
  void cluster(Request by, String action, @Nullable String name) {
    append(
        by,
        action,
        "cluster",
        json -> {
          if (name != null) {
            json.writeStringField("name", name);
          }
          json.writeStringField("result", "done");
        });
  }

  private void append(Request by, String action, String object, Json.Writing more) {
    byte[] line =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("at", Texts.instant(by.atMillis()));
              json.writeStringField("actor", by.actor());
              json.writeStringField("remote", by.remote());
              json.writeStringField("action", action);
              json.writeStringField("object", object);
              more.writeTo(json);
              json.writeStringField("request_id", by.id());
              json.writeEndObject();
            });
    trail.append(by.atMillis(), new String(line, StandardCharsets.UTF_8));
  }
}
