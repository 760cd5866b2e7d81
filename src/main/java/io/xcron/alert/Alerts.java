package io.xcron.alert;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Alert;
import io.xcron.model.Owner;
import io.xcron.model.RunLog;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.target.Targets;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Hears of runs and tells who wants to know. {@link #ended} is for the engine's threads; it never
 * waits. Nothing is told of a task that is gone when its turn comes.
 */
public final class Alerts implements RunLog, AutoCloseable {
  private static final Logger LOG = System.getLogger(Alerts.class.getName());

  /** How often the task of an event is asked for when nobody may answer. */
  private static final int READS = 5;

  private static final long READ_MILLIS = 5_000;
  private static final Duration READ_PAUSE = Duration.ofMillis(500);

  /**
   * The bounds.
   *
   * @param throttle for so long a task tells the same event once; the next says how many were held
   *     back. Short floods mailboxes, long hides that something else fails now
   * @param queue events that wait to be looked at; one more is dropped and counted
   * @param pending messages on their way; one more is dropped and counted
   * @param tries of one message
   * @param firstPause before the second try; each later pause is four times the one before
   * @param tasks of which is remembered what they told, and that they failed; of more, a few tell
   *     too early or not of their recovery
   */
  public record Config(
      Duration throttle, int queue, int pending, int tries, Duration firstPause, int tasks) {
    public static final Config DEFAULT =
        new Config(Duration.ofMinutes(5), 8_192, 1_000, 5, Duration.ofSeconds(2), 20_000);

    public Config {
      if (throttle.isNegative() || queue < 1 || pending < 1 || tasks < 1) {
        throw new IllegalArgumentException("alerts need room, and a throttle that is not negative");
      }
      if (tries < 1 || tries > 10 || firstPause.toMillis() < 1) {
        throw new IllegalArgumentException("an alert has 1 to 10 tries with pauses in between");
      }
    }

    /** The same but for the throttle. */
    public Config withThrottle(Duration pause) {
      return new Config(pause, queue, pending, tries, firstPause, tasks);
    }
  }

  private record Event(Alert.On on, RunRecord run, int reads) {}

  private final TaskGrid grid;
  private final Time time;
  private final Targets webhooks;
  private final @Nullable Mail mail;
  private final BlockingQueue<Event> queue;
  private final Failing failing;
  private final Throttle throttle;
  private final Delivery delivery;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("xcron-alert-timer").daemon().factory());
  private final Thread worker;
  private final LongAdder dropped = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile boolean closed;

  /**
   * Starts the thread that tells.
   *
   * @param webhooks sends webhooks, with its rules of addresses and its signature; not closed here
   * @param smtp null when no e-mail can be sent: those alerts then fail and are counted
   */
  public Alerts(
      TaskGrid grid, Time time, Targets webhooks, @Nullable SmtpConfig smtp, Config config) {
    this.grid = grid;
    this.time = time;
    this.webhooks = webhooks;
    mail = smtp == null ? null : new Mail(smtp, config.pending());
    queue = new ArrayBlockingQueue<>(config.queue());
    failing = new Failing(config.tasks());
    throttle = new Throttle(config.throttle(), config.tasks());
    delivery = new Delivery(timer, config.pending(), config.tries(), config.firstPause());
    worker = Thread.ofPlatform().name("xcron-alerts").daemon().start(this::work);
  }

  @Override
  public void ended(int partition, String namespace, RunRecord run) {
    Alert.On on =
        switch (run.outcome()) {
          case SUCCESS -> failing.recovered(run.taskId()) ? Alert.On.RECOVERY : null;
          case FAILURE, UNKNOWN -> Alert.On.FAILURE;
          case TIMEOUT -> Alert.On.TIMEOUT;
          case MISFIRED -> Alert.On.MISFIRE;
          case SKIPPED -> Alert.On.SKIP;
          case KILLED -> null;
        };
    if (on == null) {
      return;
    }
    if (on == Alert.On.FAILURE || on == Alert.On.TIMEOUT) {
      failing.failed(run.taskId());
    }
    offer(new Event(on, run, 0));
  }

  private void offer(Event event) {
    if (closed || !queue.offer(event)) {
      dropped.increment();
    }
  }

  private void work() {
    while (!closed) {
      try {
        handle(queue.take());
      } catch (InterruptedException e) {
        // Only close interrupts.
        return;
      } catch (RuntimeException e) {
        failed.increment();
        LOG.log(Logger.Level.ERROR, "an alert failed", e);
      }
    }
  }

  private void handle(Event event) throws InterruptedException {
    Throttle.Task told = throttle.of(event.run().taskId());
    if (told.quiet(event.on(), time.nanoTime())) {
      return;
    }
    Task task;
    try {
      task = read(event.run());
    } catch (ExecutionException | TimeoutException e) {
      readLater(event, e);
      return;
    }
    Alert alert = task == null ? null : task.alert();
    if (task == null || alert == null || !alert.on().contains(Alert.On.RECOVERY)) {
      failing.forget(event.run().taskId());
    }
    if (task == null || alert == null || !alert.on().contains(event.on())) {
      told.unwanted(event.on(), time.nanoTime());
      return;
    }
    long held = told.told(event.on(), time.nanoTime(), throttle.pause());
    RunRecord run = event.run();
    String id =
        task.id()
            + '/'
            + run.generation()
            + '/'
            + run.number()
            + '/'
            + event.on().name().toLowerCase(Locale.ROOT);
    tell(alert, new Message(id, event.on(), task, run, held));
  }

  /** The task as it is now; null when it is gone, or another one has its id. */
  private @Nullable Task read(RunRecord run)
      throws InterruptedException, ExecutionException, TimeoutException {
    TaskRecord record = grid.read(run.taskId(), false).get(READ_MILLIS, TimeUnit.MILLISECONDS);
    return record == null || record.generation() != run.generation()
        ? null
        : record.task(run.taskId());
  }

  private void readLater(Event event, Exception failure) {
    if (event.reads() + 1 >= READS) {
      failed.increment();
      LOG.log(
          Logger.Level.WARNING,
          "task " + event.run().taskId() + " could not be read, its alert is lost",
          failure);
      return;
    }
    Event again = new Event(event.on(), event.run(), event.reads() + 1);
    var unused = timer.schedule(() -> offer(again), READ_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tell(Alert alert, Message message) {
    String webhook = alert.webhook();
    if (webhook != null) {
      delivery.deliver(new Webhook(webhooks, webhook, time), message);
    }
    List<String> recipients = recipients(alert, message.task());
    if (recipients.isEmpty()) {
      return;
    }
    if (mail == null) {
      failed.increment();
      LOG.log(
          Logger.Level.WARNING,
          "task {0} asks for e-mail, and XCRON_SMTP_HOST is not set",
          message.task().id());
      return;
    }
    delivery.deliver(mail.to(recipients), message);
  }

  /** The owner is told when the alert names nobody. */
  private static List<String> recipients(Alert alert, Task task) {
    if (!alert.email().isEmpty()) {
      return alert.email();
    }
    Owner owner = task.owner();
    String email = owner == null ? null : owner.email();
    return email == null || !Alert.isAddress(email) ? List.of() : List.of(email);
  }

  /** Messages that got through. */
  public long sent() {
    return delivery.sent();
  }

  /** Alerts that did not get through, or could not be made. */
  public long failed() {
    return failed.sum() + delivery.failed();
  }

  /** Alerts lost because too many came at once. */
  public long dropped() {
    return dropped.sum() + delivery.dropped();
  }

  /** Tasks whose last run failed, as far as is remembered. */
  public int failingTasks() {
    return failing.size();
  }

  /** What waits is lost. */
  @Override
  public void close() {
    closed = true;
    worker.interrupt();
    timer.shutdownNow();
    if (mail != null) {
      mail.close();
    }
  }
}
