package io.xcron.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import io.xcron.model.Alert;
import io.xcron.model.Alert.On;
import io.xcron.model.Owner;
import io.xcron.model.RunOutcome;
import io.xcron.model.Time;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpTargets;
import jakarta.mail.internet.MimeMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AlertsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Alert.On[] ALL = On.values();

  /** What the webhook's receiver got. */
  private record Call(String id, String timestamp, String signature, String task, String body) {
    JsonNode json() throws Exception {
      return JSON.readTree(body);
    }
  }

  private final AtomicLong nanos = new AtomicLong();
  private final Time time =
      new Time() {
        @Override
        public long nowMillis() {
          return 1_795_248_000_000L;
        }

        @Override
        public long nanoTime() {
          return nanos.get();
        }
      };
  private final Book book = new Book();
  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  private final AtomicInteger failingCalls = new AtomicInteger();
  private final GreenMail mails =
      new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
  private final HttpTargets targets =
      new HttpTargets(
          HttpTargets.Config.of(
              AddressPolicy.parse(true, "", ""), name -> null, HttpTargets.signingKey("top")));
  private HttpServer receiver;
  private @Nullable Alerts alerts;

  @BeforeEach
  void start() throws Exception {
    mails.setUser("xcron@example.com", "xcron", "mail-pass");
    mails.start();
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          calls.add(
              new Call(
                  exchange.getRequestHeaders().getFirst("webhook-id"),
                  exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                  exchange.getRequestHeaders().getFirst("webhook-signature"),
                  exchange.getRequestHeaders().getFirst("X-Xcron-Task-Id"),
                  body));
          boolean fails = failingCalls.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
          exchange.sendResponseHeaders(fails ? 500 : 204, -1);
          exchange.close();
        });
    receiver.start();
  }

  @AfterEach
  void stop() {
    if (alerts != null) {
      alerts.close();
    }
    targets.close();
    receiver.stop(0);
    mails.stop();
  }

  private Alerts alerts(Alerts.Config config, boolean starttls) {
    SmtpConfig smtp =
        new SmtpConfig(
            "127.0.0.1",
            mails.getSmtp().getPort(),
            "xcron",
            "mail-pass",
            "xcron@example.com",
            starttls,
            Duration.ofSeconds(5));
    Alerts made = new Alerts(book, time, targets, smtp, config);
    alerts = made;
    return made;
  }

  private Alerts alerts() {
    return alerts(
        new Alerts.Config(Duration.ofMinutes(5), 1_000, 100, 3, Duration.ofMillis(10), 1_000),
        false);
  }

  private String webhook() {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
  }

  private static Alert mailTo(String... people) {
    return new Alert(EnumSet.allOf(On.class), List.of(people), null);
  }

  private Alert hook(On... on) {
    return new Alert(EnumSet.copyOf(List.of(on)), List.of(), webhook());
  }

  private static void until(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Call call() throws InterruptedException {
    Call call = calls.poll(20, TimeUnit.SECONDS);
    if (call == null) {
      throw new AssertionError("the webhook was not called");
    }
    return call;
  }

  private static void end(Alerts alerts, String id, long number, RunOutcome outcome) {
    alerts.ended(0, "pay", Book.run(id, number, outcome));
  }

  @Test
  void aFailureIsMailedToThoseTheAlertNames() throws Exception {
    book.put("t1", new Owner("ann", "ann@example.com", null, null), mailTo("a@x.org", "b@x.org"));
    end(alerts(), "t1", 4, RunOutcome.FAILURE);
    until("both mailboxes", () -> mails.getReceivedMessages().length == 2);
    MimeMessage mail = mails.getReceivedMessages()[0];
    assertEquals("[xcron] failed: Settle t1", mail.getSubject());
    assertEquals("xcron@example.com", mail.getFrom()[0].toString());
    assertEquals(2, mail.getAllRecipients().length);
    assertEquals("auto-generated", mail.getHeader("Auto-Submitted")[0]);
    String text = String.valueOf(mail.getContent());
    assertTrue(text.contains("Error: connection refused"), text);
    assertTrue(text.contains("/api/v1/runs/t1/4"), text);
    assertFalse(text.contains("the output of the run"), text);
  }

  @Test
  void theOwnerIsMailedWhenTheAlertNamesNobody() throws Exception {
    book.put("t1", new Owner(null, "ann@example.com", null, null), mailTo());
    end(alerts(), "t1", 1, RunOutcome.TIMEOUT);
    assertTrue(mails.waitForIncomingEmail(20_000, 1));
    MimeMessage mail = mails.getReceivedMessages()[0];
    assertEquals("ann@example.com", mail.getAllRecipients()[0].toString());
    assertEquals("[xcron] timed out: Settle t1", mail.getSubject());
  }

  @Test
  void aServerThatCannotEncryptGetsNothingWhereThatIsAskedFor() {
    book.put("t1", null, mailTo("a@x.org"));
    Alerts made =
        alerts(new Alerts.Config(Duration.ofMinutes(5), 10, 10, 2, Duration.ofMillis(5), 10), true);
    end(made, "t1", 1, RunOutcome.FAILURE);
    until("the mail to fail", () -> made.failed() == 1);
    assertEquals(0, mails.getReceivedMessages().length);
  }

  @Test
  void aWebhookIsSignedAsStandardWebhooksSays() throws Exception {
    book.put("t1", null, hook(ALL));
    end(alerts(), "t1", 4, RunOutcome.UNKNOWN);
    Call call = call();
    assertEquals("t1/7/4/failure", call.id());
    assertEquals("1795248000", call.timestamp());
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("top".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String signed = call.id() + "." + call.timestamp() + "." + call.body();
    assertEquals(
        "v1,"
            + Base64.getEncoder()
                .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))),
        call.signature());
    assertEquals(null, call.task());
    assertEquals("task.failure", call.json().path("type").asText());
    JsonNode data = call.json().path("data");
    assertEquals("t1", data.path("task_id").asText());
    assertEquals("pay", data.path("namespace").asText());
    assertEquals("unknown", data.path("outcome").asText());
    assertEquals(503, data.path("status").asInt());
    assertFalse(call.body().contains("the output of the run"));
  }

  @Test
  void anAddressThatMayNotBeCalledIsNotCalledAndNotTriedAgain() {
    book.put("t1", null, new Alert(EnumSet.allOf(On.class), List.of(), "http://169.254.169.254/x"));
    Alerts made = alerts();
    end(made, "t1", 1, RunOutcome.FAILURE);
    until("the webhook to be denied", () -> made.failed() == 1);
    assertEquals(0, made.sent());
  }

  @Test
  void theFirstSuccessAfterAFailureIsARecoveryAndTheNextIsNot() throws Exception {
    book.put("t1", null, hook(On.RECOVERY));
    Alerts made = alerts();
    end(made, "t1", 1, RunOutcome.SUCCESS);
    assertEquals(0, book.reads.get());
    end(made, "t1", 2, RunOutcome.FAILURE);
    end(made, "t1", 3, RunOutcome.MISFIRED);
    end(made, "t1", 4, RunOutcome.SUCCESS);
    end(made, "t1", 5, RunOutcome.SUCCESS);
    assertEquals("task.recovery", call().json().path("type").asText());
    assertEquals(0, made.failingTasks());
    until("the alert to be counted", () -> made.sent() == 1);
    assertEquals(3, book.reads.get());
    assertTrue(calls.isEmpty());
  }

  @Test
  void whatIsKilledAlarmsNobodyAndWhatIsSkippedWhoAsksForIt() throws Exception {
    book.put("t1", null, hook(ALL));
    book.put("t2", null, hook(On.DEFAULT.toArray(On[]::new)));
    Alerts made = alerts();
    end(made, "t1", 1, RunOutcome.KILLED);
    end(made, "t2", 1, RunOutcome.SKIPPED);
    end(made, "t1", 2, RunOutcome.SKIPPED);
    Call skip = call();
    assertEquals("task.skip", skip.json().path("type").asText());
    assertEquals("t1", skip.json().at("/data/task_id").asText());
    end(made, "t2", 2, RunOutcome.MISFIRED);
    assertEquals("task.misfire", call().json().path("type").asText());
    assertEquals(3, book.reads.get());
  }

  @Test
  void anEventIsToldOnceInAWhileAndTheNextSaysHowManyWereHeldBack() throws Exception {
    book.put("t1", null, hook(ALL));
    book.put("t2", null, hook(ALL));
    Alerts made = alerts();
    for (int i = 1; i <= 4; i++) {
      end(made, "t1", i, RunOutcome.FAILURE);
    }
    end(made, "t2", 1, RunOutcome.FAILURE);
    assertEquals(0, call().json().path("data").path("held_back").asInt());
    assertEquals("t2", call().json().path("data").path("task_id").asText());
    // Another event of the same task is not held back.
    end(made, "t1", 5, RunOutcome.TIMEOUT);
    assertEquals("task.timeout", call().json().path("type").asText());
    nanos.addAndGet(Duration.ofMinutes(5).toNanos());
    end(made, "t1", 6, RunOutcome.FAILURE);
    JsonNode next = call().json().path("data");
    assertEquals(6, next.path("run_number").asInt());
    assertEquals(3, next.path("held_back").asInt());
    assertTrue(calls.isEmpty());
  }

  @Test
  void aWebhookThatFailsIsTriedAgainUnderTheSameIdAndGivenUpInTheEnd() throws Exception {
    book.put("t1", null, hook(ALL));
    book.put("t2", null, hook(ALL));
    Alerts made = alerts();
    failingCalls.set(2);
    end(made, "t1", 1, RunOutcome.FAILURE);
    Call first = call();
    assertEquals(first.id(), call().id());
    assertEquals(first.id(), call().id());
    until("the third try to count", () -> made.sent() == 1);
    failingCalls.set(100);
    end(made, "t2", 1, RunOutcome.FAILURE);
    assertNotEquals(first.id(), call().id());
    until("the alert to be given up", () -> made.failed() == 1);
    assertEquals(1, made.sent());
    calls.clear();
  }

  @Test
  void aTaskThatCannotBeReadNowIsReadAgain() throws Exception {
    book.put("t1", null, hook(ALL));
    book.failingReads.set(2);
    end(alerts(), "t1", 1, RunOutcome.FAILURE);
    assertEquals("t1/7/1/failure", call().id());
    assertEquals(3, book.reads.get());
  }

  @Test
  void aFullQueueLosesAlertsAndNeverHoldsUpTheEngine() {
    book.silent = true;
    Alerts made =
        alerts(new Alerts.Config(Duration.ofMinutes(5), 10, 10, 1, Duration.ofMillis(5), 5), false);
    for (int i = 0; i < 1_000; i++) {
      end(made, "t" + i, 1, RunOutcome.FAILURE);
    }
    assertTrue(made.dropped() >= 989, () -> "dropped " + made.dropped());
    assertEquals(5, made.failingTasks());
  }

  @Test
  void aTaskWithoutAnAlertIsNotReadForEachOfItsFailures() {
    book.put("t1", null, null);
    Alerts made = alerts();
    end(made, "t1", 1, RunOutcome.FAILURE);
    until("the task to be read", () -> book.reads.get() == 1);
    for (int i = 2; i < 500; i++) {
      end(made, "t1", i, RunOutcome.FAILURE);
    }
    book.put("t2", null, hook(ALL));
    end(made, "t2", 1, RunOutcome.FAILURE);
    until("the queue to be empty", () -> made.sent() == 1);
    assertEquals(2, book.reads.get());
    assertEquals(0, made.dropped());
  }
}
