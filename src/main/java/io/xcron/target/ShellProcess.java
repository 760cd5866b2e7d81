package io.xcron.target;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One command under way: {@code /bin/bash -c} in a process group of its own, kept by a small script
 * that stands between it and this process.
 *
 * <p>The keeper and this process speak over two pipes. From here to there: one line means that all
 * is over and whatever still lives may live on; the end of the pipe without it means that the
 * command must die. So a member that is killed (its pipes end) takes its commands along in the same
 * way as {@link #kill} does, and the next owner, which repeats the run, does not meet the old one.
 * From there to here: the exit status; the end of that pipe means that the keeper has done.
 *
 * <p>To kill is to send TERM to the whole group, and KILL to what is left of it after half a
 * second. A process that has left the group (setsid) is not reached.
 *
 * <p>A command has ended when its bash has and nobody holds its output any more, as for cron: what
 * it leaves in the background counts as part of it, unless that has its output elsewhere.
 */
final class ShellProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ShellProcess.class);

  /** Why it is ended by force. */
  enum Force {
    KILLED,
    TIMED_OUT,
    /** This member stops. */
    CLOSED,
    /** No owner asks for it any more. */
    ABANDONED,
    /** The keeper is gone, so nobody would tell of the end. */
    KEEPER_LOST
  }

  /**
   * The keeper. Its descriptors: 3 the word from the member, 4 the word to it, 5 the output, which
   * only the command may hold: {@code set -m} gives each background job a group of its own, and has
   * bash tell of the end of a quick one. The command begins when there is somebody to end it: a
   * keeper that dies before has begun nothing. {@code -p} keeps what the environment would slip
   * into a script out of this one.
   */
  private static final String KEEPER =
      """
      set -m
      exec 3<&0 4>&2 5>&1 0</dev/null >/dev/null 2>&1
      coproc { read -r && exec /bin/bash -c -- "$1" </dev/null >&5 2>&5 3<&- 4>&- 5>&-; }
      job=$COPROC_PID
      exec 5>&-
      {
        if ! read -r -u 3; then
          kill -TERM -- -$job
          for turn in 1 2 3 4 5; do
            kill -0 -- -$job || exit
            command -p sleep 0.1
          done
          kill -KILL -- -$job
        fi
      } &
      watch=$!
      echo >&"${COPROC[1]}"
      exec 3<&-
      wait $job
      echo $? >&4
      wait $watch
      """;

  private static final @Nullable String SETSID = setsid();

  /** How long a kill may take before the keeper itself is killed. */
  private static final long FALLBACK_MILLIS = 2_000;

  /** How long output is awaited that somebody outside of the group may hold open. */
  private static final long LAST_OUTPUT_MILLIS = 100;

  /** Where threads come from: one that is not started yet. */
  interface Threads {
    Thread of(String name, Runnable work);
  }

  private final ShellCommand command;
  private final Threads threads;
  private final ShellOutput output = new ShellOutput();
  private final Object lock = new Object();

  // Guarded by the lock.
  private @Nullable Process process;
  private @Nullable Force force;
  private boolean settled;
  private boolean outputEnded;

  ShellProcess(ShellCommand command, Threads threads) {
    this.command = command;
    this.threads = threads;
  }

  private static @Nullable String setsid() {
    for (String path : List.of("/usr/bin/setsid", "/bin/setsid")) {
      if (new File(path).canExecute()) {
        return path;
      }
    }
    return null;
  }

  ShellOutput output() {
    return output;
  }

  /** Starts the command and waits for its end. */
  Outcome run() {
    Process started;
    try {
      started = builder().start();
    } catch (IOException e) {
      output.end();
      return new Outcome.ConnectFailed("the command could not be started: " + e.getMessage());
    }
    synchronized (lock) {
      process = started;
      if (force != null) {
        hangUp(started);
      }
    }
    var unused = started.onExit().thenRun(() -> kill(Force.KEEPER_LOST));
    try (BufferedReader word =
        new BufferedReader(
            new InputStreamReader(started.getErrorStream(), StandardCharsets.UTF_8))) {
      Thread pump = threads.of("xcron-shell-output", () -> pump(started.getInputStream()));
      pump.start();
      return end(started, pump, word);
    } catch (IOException e) {
      kill(Force.KEEPER_LOST);
      return new Outcome.Broken("the keeper of the command was lost: " + e.getMessage());
    } finally {
      output.end();
    }
  }

  private ProcessBuilder builder() {
    List<String> words = new ArrayList<>(8);
    if (SETSID != null) {
      words.add(SETSID);
    }
    words.addAll(List.of("/bin/bash", "-p", "-c", KEEPER, "xcron-shell", command.command()));
    ProcessBuilder builder = new ProcessBuilder(words);
    Map<String, String> environment = builder.environment();
    // The member's own settings, its token among them, are none of the command's business.
    environment.keySet().removeIf(name -> name.startsWith("XCRON_"));
    environment.putAll(command.environment());
    builder.directory(home(environment));
    return builder;
  }

  /** Where a command starts: at home, as under cron. */
  private static File home(Map<String, String> environment) {
    File home = new File(environment.getOrDefault("HOME", "/"));
    return home.isDirectory() ? home : new File("/");
  }

  private Outcome end(Process started, Thread pump, BufferedReader word) throws IOException {
    String status = readStatus(word);
    Force how = awaitOutput();
    if (how == null) {
      release(started);
      return status == null
          ? new Outcome.Broken("the keeper of the command was lost")
          : new Outcome.Exited(Integer.parseInt(status), output.text(), output.cut());
    }
    while (status != null) {
      status = word.readLine();
    }
    try {
      pump.join(LAST_OUTPUT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return switch (how) {
      case KILLED -> new Outcome.Killed(output.text(), output.cut());
      case TIMED_OUT -> new Outcome.TimedOut(output.text(), output.cut());
      case CLOSED -> new Outcome.Broken("the member was stopped");
      case ABANDONED ->
          new Outcome.Broken("it was ended because no owner of its task asked for it");
      case KEEPER_LOST -> new Outcome.Broken("the keeper of the command was lost");
    };
  }

  /** The exit status, or null when the keeper has ended without a word. */
  private @Nullable String readStatus(BufferedReader word) throws IOException {
    for (String line = word.readLine(); line != null; line = word.readLine()) {
      // Bash may have something to say of its own, such as which signal has ended the command.
      if (!line.isEmpty()
          && line.length() <= 3
          && line.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return line;
      }
    }
    return null;
  }

  /**
   * Waits until nobody holds the output, or until it is to be ended by force: why, or null. After a
   * null no force comes any more.
   */
  private @Nullable Force awaitOutput() {
    synchronized (lock) {
      while (!outputEnded && force == null) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          kill(Force.CLOSED);
        }
      }
      settled = force == null;
      return force;
    }
  }

  private static void release(Process started) {
    try (OutputStream word = started.getOutputStream()) {
      word.write('\n');
    } catch (IOException e) {
      LOG.debug("The keeper of a command was gone before it was told", e);
    }
  }

  private void pump(InputStream in) {
    byte[] buffer = new byte[4_096];
    try {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        output.append(buffer, count);
      }
    } catch (IOException e) {
      LOG.debug("The output of {} ended early", command.key(), e);
    }
    synchronized (lock) {
      outputEnded = true;
      lock.notifyAll();
    }
  }

  /** Ends the command by force, for the first reason that is given. Any thread; never blocks. */
  void kill(Force reason) {
    synchronized (lock) {
      if (settled || force != null) {
        return;
      }
      force = reason;
      lock.notifyAll();
      if (process != null) {
        hangUp(process);
      }
    }
  }

  private void hangUp(Process started) {
    try {
      started.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("The keeper of {} was gone before it was told", command.key(), e);
    }
    var unused =
        started
            .onExit()
            .orTimeout(FALLBACK_MILLIS, TimeUnit.MILLISECONDS)
            .exceptionally(
                late -> {
                  LOG.warn("The keeper of {} does not end; it is killed", command.key());
                  started.descendants().forEach(ProcessHandle::destroyForcibly);
                  started.destroyForcibly();
                  return started;
                });
  }

  static Thread thread(String name, Runnable work) {
    Thread thread = unstarted(name, work);
    thread.start();
    return thread;
  }

  static Thread unstarted(String name, Runnable work) {
    return Thread.ofPlatform().name(name).daemon().unstarted(work);
  }
}
