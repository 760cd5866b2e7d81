package io.xcron.target;

/**
 * How an attempt ended. What the world does wrong is a value here, never an exception.
 *
 * <p>What matters for a retry is {@link #bytesSent}: after a no, the receiver cannot have seen the
 * attempt.
 */
public sealed interface Outcome {
  /**
   * Whether any byte of the request was handed to the network, so that the receiver may have acted
   * on it.
   */
  boolean bytesSent();

  /** Whether the run has succeeded: an answer with a 2xx status. */
  default boolean success() {
    return false;
  }

  /**
   * The receiver answered completely, or with a body so long that the rest was not awaited.
   *
   * @param status 200 to 999
   * @param body its first bytes (4 KB at most), read as UTF-8 whatever they are
   * @param cut the body was longer than {@code body}
   */
  record Answered(int status, String body, boolean cut) implements Outcome {
    @Override
    public boolean bytesSent() {
      return true;
    }

    @Override
    public boolean success() {
      return status >= 200 && status < 300;
    }
  }

  /**
   * No connection: the name has no address, the connection was refused, took too long, or TLS
   * failed.
   */
  record ConnectFailed(String reason) implements Outcome {
    @Override
    public boolean bytesSent() {
      return false;
    }
  }

  /**
   * The answer was not complete in time, or a command had not ended. Connecting too slowly is
   * {@link ConnectFailed}.
   *
   * @param output what a command had written until then
   * @param cut it had written more than is kept
   */
  record TimedOut(String output, boolean cut) implements Outcome {
    /** Without output. */
    public TimedOut() {
      this("", false);
    }

    @Override
    public boolean bytesSent() {
      return true;
    }
  }

  /**
   * The connection was lost after bytes were sent, or what came back is no HTTP answer. Also a kept
   * connection that the receiver closed just as the request went out, and a service that answers
   * that the run has failed.
   */
  record Broken(String reason) implements Outcome {
    @Override
    public boolean bytesSent() {
      return true;
    }
  }

  /** The receiver's address is one that may not be called. */
  record Denied(String reason) implements Outcome {
    @Override
    public boolean bytesSent() {
      return false;
    }
  }

  /**
   * The request cannot be written: a secret is not configured, or the definition is not a legal
   * request.
   */
  record Unsendable(String reason) implements Outcome {
    @Override
    public boolean bytesSent() {
      return false;
    }
  }

  /**
   * Nothing was sent: {@link Attempt#mayStart} said no, the sender was closed before it was asked,
   * or its yes was over before the request was written, or before another member started it. It can
   * be offered again as if it had not been asked.
   */
  record Withdrawn() implements Outcome {
    @Override
    public boolean bytesSent() {
      return false;
    }
  }

  /**
   * A service has taken the run and works on: its end comes as a confirmation, or its deadline
   * does.
   *
   * @param body what it answered
   */
  record Accepted(String body) implements Outcome {
    @Override
    public boolean bytesSent() {
      return true;
    }
  }

  /**
   * A command or handler ended by itself.
   *
   * @param status its exit status; 0 is success
   * @param output its last output, standard output and error together
   * @param cut there was more output than is kept
   */
  record Exited(int status, String output, boolean cut) implements Outcome {
    @Override
    public boolean bytesSent() {
      return true;
    }

    @Override
    public boolean success() {
      return status == 0;
    }
  }

  /** {@link Targets#kill} ended it. What a command had written until then is kept. */
  record Killed(String output, boolean cut) implements Outcome {
    @Override
    public boolean bytesSent() {
      return true;
    }
  }
}
