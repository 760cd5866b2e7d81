package io.xcron.http;

import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends reads of bodies that take too long: Helidon reads from channels, which know no read timeout.
 * A read that is overdue has its thread interrupted, which closes the connection. One thread
 * sweeps, so a read ends at most a quarter of the timeout late.
 */
final class ReadWatch implements AutoCloseable {
  private final Map<Thread, Reading> readings = new ConcurrentHashMap<>();
  private final long timeoutNanos;
  private final Thread sweeper;

  ReadWatch(long timeoutNanos) {
    this.timeoutNanos = timeoutNanos;
    sweeper = Thread.ofVirtual().name("xcron-read-watch").unstarted(this::sweep);
  }

  void start() {
    sweeper.start();
  }

  /** The same stream, each read of which must bring something in time. */
  InputStream over(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        begin();
        try {
          return in.read(bytes, offset, length);
        } finally {
          end();
        }
      }
    };
  }

  /** Watches over the head of each request: from its first line to its last header. */
  Http1ConnectionListener heads() {
    return new Http1ConnectionListener() {
      @Override
      public void prologue(ConnectionContext context, HttpPrologue prologue) {
        begin();
      }

      @Override
      public void headers(ConnectionContext context, Headers headers) {
        end();
      }
    };
  }

  private void begin() {
    Thread thread = Thread.currentThread();
    readings.put(thread, new Reading(thread, System.nanoTime()));
  }

  private void end() {
    Reading reading = readings.remove(Thread.currentThread());
    if (reading != null) {
      reading.end();
    }
  }

  /** A read that goes on. */
  private final class Reading {
    private final Thread thread;
    private final long sinceNanos;
    private boolean over;
    private boolean interrupted;

    Reading(Thread thread, long sinceNanos) {
      this.thread = thread;
      this.sinceNanos = sinceNanos;
    }

    private synchronized boolean endIfOverdue(long nowNanos) {
      if (!over && !interrupted && nowNanos - sinceNanos > timeoutNanos) {
        interrupted = true;
        thread.interrupt();
      }
      return interrupted;
    }

    void end() {
      synchronized (this) {
        over = true;
        if (interrupted) {
          // It was meant for the read, and must not meet what comes after.
          interrupted = !Thread.interrupted();
        }
      }
    }
  }

  private void sweep() {
    try {
      while (true) {
        Thread.sleep(Math.max(1, timeoutNanos / 4_000_000));
        long now = System.nanoTime();
        readings
            .values()
            .forEach(
                reading -> {
                  if (reading.endIfOverdue(now) && !reading.thread.isAlive()) {
                    readings.remove(reading.thread, reading);
                  }
                });
      }
    } catch (InterruptedException e) {
      // Closed.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    sweeper.interrupt();
  }
}
