package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.http.ClusterControl.Refused;
import io.xcron.http.HttpTestServer.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** What operators do to the cluster: how it is asked for, refused, answered and noted. */
class ClusterApiTest {
  private static final String BACKUP = "/api/v1/cluster/backup";
  private static final String SIZE = "/api/v1/cluster/size";
  private static final String RESET = "/api/v1/cluster/cp/reset";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

  @Test
  void aBackupIsAnsweredWithItsPathAndWhatItHolds() {
    Answer answer = server.post(BACKUP, "{\"name\":\"before-upgrade.1\"}");
    assertEquals(201, answer.status(), answer.body());
    assertEquals("before-upgrade.1", server.control.name);
    JsonNode made = answer.json();
    assertEquals("before-upgrade.1", made.path("name").asText());
    assertEquals("/var/lib/xcron/backups/before-upgrade.1", made.path("path").asText());
    assertEquals("done", made.path("state").asText());
    assertEquals(1_000, made.path("bytes").asInt());
    assertEquals(7, made.path("sequence").asInt());
    assertEquals(42, made.path("slice").asInt());

    assertEquals(201, server.send("POST", BACKUP, null).status());
    assertNull(server.control.name, "without a body it has a name of the time");
  }

  @Test
  void aNameThatLeadsElsewhereIsRefused() {
    for (String name :
        List.of("", ".", "..", "../x", "a/b", "/etc", "a\\\\b", ".hidden", "a b", "x".repeat(65))) {
      Answer answer = server.post(BACKUP, "{\"name\":\"" + name + "\"}");
      assertEquals(400, answer.status(), name);
      assertEquals("name", answer.json().path("errors").path(0).path("field").asText(), name);
    }
    assertEquals(400, server.post(BACKUP, "{\"path\":\"/tmp\"}").status());
    assertEquals(400, server.post(BACKUP, "[]").status());
    assertEquals(0, server.audit.size());
  }

  @Test
  void aBackupThatTakesLongIsAnsweredInTimeAndNotedWhenItIsDone() {
    server.control.copy = new CompletableFuture<>();
    Answer answer = server.post(BACKUP, "{}");
    assertEquals(202, answer.status(), answer.body());
    assertEquals("running", answer.json().path("state").asText());
    assertFalse(answer.json().has("bytes"));
    assertEquals(0, server.audit.size());
    server.control.copy.complete(FakeControl.COPY);
    assertEquals("backup", server.audit.last().path("action").asText());
  }

  @Test
  void aBackupThatCannotBeMadeSaysWhy() {
    server.control.failure = new Refused(Refused.Why.NOT_NOW, "7 MB are free");
    Answer full = server.post(BACKUP, "{}");
    assertEquals(503, full.status());
    assertEquals("not-accepted", full.code());
    assertEquals("7 MB are free", full.json().path("detail").asText());
    server.control.failure = new Refused(Refused.Why.CONFLICT, "one at a time");
    assertEquals(409, server.post(BACKUP, "{}").status());
    server.control.failure = null;
    server.control.copy =
        CompletableFuture.failedFuture(new IllegalStateException("the disk is gone"));
    Answer failed = server.post(BACKUP, "{}");
    assertEquals(503, failed.status());
    assertTrue(failed.body().contains("the disk is gone"), failed.body());
    assertEquals(0, server.audit.size());
  }

  @Test
  void theOperatorsWordReachesTheVotersAndIsNeverAssumed() {
    assertEquals(200, server.post(RESET, "{\"old_majority_is_dead\":true}").status());
    assertEquals(true, server.control.dead);
    assertEquals(false, server.control.lost);
    assertEquals("old_majority_is_dead", server.audit.last().path("name").asText());
    assertEquals(200, server.post(RESET, "{\"missing_journals_are_lost\":true}").status());
    assertEquals(true, server.control.lost);
    assertEquals("missing_journals_are_lost", server.audit.last().path("name").asText());
    String both = "{\"old_majority_is_dead\":true,\"missing_journals_are_lost\":true}";
    assertEquals(200, server.post(RESET, both).status());
    assertEquals(
        "old_majority_is_dead missing_journals_are_lost",
        server.audit.last().path("name").asText());
    assertEquals(200, server.post(RESET, "{}").status());
    assertEquals(false, server.control.dead);
    assertEquals(400, server.post(RESET, "{\"old_majority_is_dead\":\"yes\"}").status());
    assertEquals(400, server.post(RESET, "{\"force\":true}").status());
  }

  @Test
  void aRefusedResetIsAConflictWithItsReason() {
    server.control.failure = new Refused(Refused.Why.CONFLICT, "nothing is lost");
    Answer answer = server.post(RESET, "{\"old_majority_is_dead\":true}");
    assertEquals(409, answer.status());
    assertEquals("conflict", answer.code());
    assertEquals("nothing is lost", answer.json().path("detail").asText());
    assertEquals(0, server.audit.size());
  }

  @Test
  void anotherSizeIsAgreedOrRefusedWithItsReason() {
    Answer agreed = server.post(SIZE, "{\"size\":5}");
    assertEquals(200, agreed.status(), agreed.body());
    assertEquals(5, agreed.json().path("size").asInt());
    String patch = "application/merge-patch+json";
    for (String path : List.of(BACKUP, SIZE, RESET)) {
      assertEquals(415, server.post(path, "{}", "Content-Type", patch).status(), path);
    }
    assertEquals(5, server.control.size);
    assertEquals("size", server.audit.last().path("action").asText());
    assertEquals("5", server.audit.last().path("name").asText());

    server.control.resized = CompletableFuture.completedFuture("stop two first");
    Answer refused = server.post(SIZE, "{\"size\":3}");
    assertEquals(409, refused.status());
    assertEquals("stop two first", refused.json().path("detail").asText());
    server.control.failure = new Refused(Refused.Why.NOT_NOW, "another is under way");
    assertEquals(503, server.post(SIZE, "{\"size\":3}").status());
    assertEquals(1, server.audit.size());
  }

  @Test
  void aSizeThatCannotBeIsRefusedInWords() {
    for (String body :
        List.of("{}", "{\"size\":2}", "{\"size\":1}", "{\"size\":0}", "{\"size\":128}")) {
      Answer answer = server.post(SIZE, body);
      assertEquals(400, answer.status(), body);
      assertEquals("size", answer.json().path("errors").path(0).path("field").asText(), body);
    }
    assertEquals(400, server.post(SIZE, "{\"members\":5}").status());
    assertEquals(0, server.control.size);
    assertEquals(0, server.audit.size());
  }

  @Test
  void aSizeThatIsNotAgreedInTimeIsInDoubt() {
    CompletableFuture<@Nullable String> late = new CompletableFuture<>();
    server.control.resized = late;
    assertEquals(504, server.post(SIZE, "{\"size\":5}").status());
    assertTrue(late.isCancelled(), "nobody waits for it any more");
    assertEquals(0, server.audit.size());
  }

  @Test
  void eachOperationHasALineInTheAuditLog() {
    server.post(BACKUP, "{\"name\":\"b\"}", "X-Request-Id", "r-1");
    JsonNode line = server.audit.last();
    assertEquals("backup", line.path("action").asText());
    assertEquals("cluster", line.path("object").asText());
    assertEquals("b", line.path("name").asText());
    assertEquals("done", line.path("result").asText());
    assertEquals("r-1", line.path("request_id").asText());
    server.post(RESET, "{}");
    assertEquals("cp-reset", server.audit.last().path("action").asText());
    assertEquals(2, server.audit.size());
  }

  @Test
  void onlyAdminsMayOperate() {
    assertEquals(Role.ADMIN, Role.neededFor("POST", BACKUP));
    assertEquals(Role.ADMIN, Role.neededFor("POST", RESET));
    assertEquals(Role.ADMIN, Role.neededFor("POST", SIZE));
  }
}
