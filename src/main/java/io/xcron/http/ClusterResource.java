package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import io.helidon.http.Status;
import io.xcron.model.Seats;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What operators do to the cluster; for admins, and each leaves a line in the audit log. */
final class ClusterResource {
  /** No dot in front and no separator: such a name cannot lead out of its directory. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final String DEAD = "old_majority_is_dead";
  private static final String LOST = "missing_journals_are_lost";
  private static final String SIZE = "size";

  private final ClusterControl control;
  private final Audit audit;

  ClusterResource(ClusterControl control, Audit audit) {
    this.control = control;
    this.audit = audit;
  }

  void addTo(Router router) {
    router
        .on("POST", "/api/v1/cluster/backup", this::backup)
        .on("POST", "/api/v1/cluster/size", this::resize)
        .on("POST", "/api/v1/cluster/cp/reset", this::reset);
  }

  /** Answers 201 when the copy is complete, or 202 when it takes longer than a request may. */
  private void backup(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    String name = backupName(exchange);
    Audit.Request by = Audit.Request.of(exchange);
    ClusterControl.Backup backup;
    try {
      backup = control.backup(name);
    } catch (ClusterControl.Refused e) {
      throw problem(e);
    }
    CompletableFuture<ClusterControl.Copy> copy =
        backup
            .copy()
            .thenApply(
                done -> {
                  audit.cluster(by, "backup", backup.name());
                  return done;
                });
    try {
      send(exchange, backup, copy.get(exchange.remainingNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      send(exchange, backup, null);
    } catch (ExecutionException e) {
      throw Problem.of(Code.NOT_ACCEPTED, "the backup failed: " + Call.cause(e).getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.of(Code.UNKNOWN, "this member is stopping");
    }
  }

  private static void send(
      Exchange exchange, ClusterControl.Backup backup, ClusterControl.@Nullable Copy copy) {
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("name", backup.name());
              json.writeStringField("path", backup.path().toString());
              json.writeStringField("state", copy == null ? "running" : "done");
              if (copy != null) {
                json.writeNumberField("bytes", copy.bytes());
                json.writeNumberField("sequence", copy.sequence());
                if (copy.slice() < 0) {
                  json.writeNullField("slice");
                } else {
                  json.writeNumberField("slice", copy.slice());
                }
                json.writeNumberField("took_ms", copy.tookMillis());
              }
              json.writeEndObject();
            });
    exchange.send(copy == null ? Status.ACCEPTED_202 : Status.CREATED_201, Exchange.JSON, answer);
  }

  private static @Nullable String backupName(Exchange exchange) {
    AtomicReference<@Nullable String> given = new AtomicReference<>();
    readBody(
        exchange,
        (json, field) -> {
          if (!field.equals("name")) {
            throw In.unknown(field);
          }
          given.set(In.optionalText(json, field));
        });
    String name = given.get();
    if (name != null && !NAME.matcher(name).matches()) {
      throw Problem.invalid(
          "name",
          "must have 1 to 64 letters, digits, dots, hyphens and underscores, and begin with a letter"
              + " or digit");
    }
    return name;
  }

  private void resize(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    int size = size(exchange);
    CompletableFuture<@Nullable String> resized;
    try {
      resized = control.resize(size);
    } catch (ClusterControl.Refused e) {
      throw problem(e);
    }
    Audit.Request by = Audit.Request.of(exchange);
    String refused;
    try {
      refused = resized.get(exchange.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      resized.cancel(false);
      throw Problem.of(
          Code.UNKNOWN,
          "it is not agreed and durable yet, and may still become so; GET /api/v1/cluster shows the"
              + " size");
    } catch (ExecutionException e) {
      throw new IllegalStateException("the change of the size failed", Call.cause(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.of(Code.UNKNOWN, "this member is stopping");
    }
    if (refused != null) {
      throw Problem.of(Code.CONFLICT, refused);
    }
    audit.cluster(by, "size", String.valueOf(size));
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeNumberField(SIZE, size);
              json.writeStringField("state", "done");
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private static int size(Exchange exchange) {
    long[] given = {-1};
    readBody(
        exchange,
        (json, field) -> {
          if (!field.equals(SIZE)) {
            throw In.unknown(field);
          }
          given[0] = In.number(json, field, 0, Seats.MOST);
        });
    int size = (int) given[0];
    return switch (size) {
      case -1 -> throw Problem.invalid(SIZE, "is missing: the number of members, 3 and more");
      case 0, 1 ->
          throw Problem.invalid(
              SIZE,
              "must be 3 and more; from three members to one the way is a restart, see"
                  + " docs/operations.md");
      case 2 ->
          throw Problem.invalid(
              SIZE,
              "2 members survive the loss of neither, for a majority of two is two; take 3 and more");
      default -> size;
    };
  }

  private void reset(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    boolean[] words = new boolean[2];
    readBody(
        exchange,
        (json, field) -> {
          switch (field) {
            case DEAD -> words[0] = In.truth(json, field);
            case LOST -> words[1] = In.truth(json, field);
            default -> throw In.unknown(field);
          }
        });
    Audit.Request by = Audit.Request.of(exchange);
    CompletableFuture<Void> reset = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("xcron-cp-reset")
        .start(
            () -> {
              try {
                control.resetVoters(words[0], words[1]);
                // On whose word writes may be gone, or tasks be fired twice, is asked later.
                audit.cluster(by, "cp-reset", given(words));
                reset.complete(null);
              } catch (RuntimeException e) {
                reset.completeExceptionally(e);
              }
            });
    try {
      reset.get(exchange.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw Problem.of(
          Code.UNKNOWN, "it was begun and has not ended yet; GET /api/v1/cluster shows the voters");
    } catch (ExecutionException e) {
      if (Call.cause(e) instanceof ClusterControl.Refused refused) {
        throw problem(refused);
      }
      throw new IllegalStateException("the reset failed", Call.cause(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.of(Code.UNKNOWN, "this member is stopping");
    }
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("state", "done");
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  /** Reads the value of one field, which the parser stands on. */
  private interface Field {
    void read(JsonParser json, String name) throws IOException;
  }

  /** The fields of the body, which may be missing. */
  private static void readBody(Exchange exchange, Field each) {
    byte[] body = exchange.body();
    if (body.length == 0) {
      return;
    }
    var unused =
        Json.object(
            body,
            json -> {
              for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                each.read(json, name);
              }
              return true;
            });
  }

  private static Problem problem(ClusterControl.Refused refused) {
    return switch (refused.why()) {
      case CONFLICT -> Problem.of(Code.CONFLICT, refused.reason());
      case NOT_NOW -> Problem.of(Code.NOT_ACCEPTED, refused.reason());
    };
  }

  /** The operator's words by their fields; null for none. */
  private static @Nullable String given(boolean[] words) {
    String dead = words[0] ? DEAD : null;
    return words[1] ? (dead == null ? LOST : DEAD + " " + LOST) : dead;
  }
}
