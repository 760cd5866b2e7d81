package io.xcron.alert;

import java.lang.System.Logger;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sees messages through: {@code tries} tries, with pauses that grow fourfold. At most {@code
 * pending} messages are on their way or wait for another try; one more is dropped and counted. Any
 * thread may call.
 */
final class Delivery {
  private static final Logger LOG = System.getLogger(Delivery.class.getName());

  private final ScheduledExecutorService timer;
  private final Semaphore places;
  private final int tries;
  private final Duration firstPause;
  private final LongAdder sent = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder dropped = new LongAdder();

  Delivery(ScheduledExecutorService timer, int pending, int tries, Duration firstPause) {
    this.timer = timer;
    this.places = new Semaphore(pending);
    this.tries = tries;
    this.firstPause = firstPause;
  }

  void deliver(Channel channel, Message message) {
    if (!places.tryAcquire()) {
      dropped.increment();
      LOG.log(Logger.Level.WARNING, "too many alerts are on their way, one more is dropped");
      return;
    }
    attempt(channel, message, 1);
  }

  private void attempt(Channel channel, Message message, int number) {
    try {
      channel.send(message, result -> ended(channel, message, number, result));
    } catch (RuntimeException e) {
      // A channel that throws has told nobody.
      LOG.log(Logger.Level.ERROR, "an alert could not be tried", e);
      ended(channel, message, number, Channel.Result.refused(e.toString()));
    }
  }

  private void ended(Channel channel, Message message, int number, Channel.Result result) {
    if (result.delivered()) {
      places.release();
      sent.increment();
      return;
    }
    if (result.again() && number < tries) {
      long pause = firstPause.toMillis() << (2 * (number - 1));
      try {
        var unused =
            timer.schedule(
                () -> attempt(channel, message, number + 1), pause, TimeUnit.MILLISECONDS);
        return;
      } catch (RejectedExecutionException e) {
        LOG.log(Logger.Level.DEBUG, "the member stops, an alert is not tried again", e);
      }
    }
    places.release();
    failed.increment();
    LOG.log(
        Logger.Level.WARNING,
        "an alert about task {0} did not get through by {1}, tries {2}: {3}",
        message.task().id(),
        channel,
        number,
        result.reason());
  }

  long sent() {
    return sent.sum();
  }

  long failed() {
    return failed.sum();
  }

  long dropped() {
    return dropped.sum();
  }
}
