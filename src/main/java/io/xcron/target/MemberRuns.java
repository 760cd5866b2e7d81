package io.xcron.target;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commands and handlers of a cluster: what this member owns may run on another, and what others own
 * may run here.
 *
 * <p>{@link RunsElsewhere} is the owner's half, {@link RunsForOthers} that of the member that runs.
 * Both belong to one thread here, which takes the messages, calls the halves, and looks ten times a
 * second while there is anything. Messages beyond {@value #MOST_WAITING} that wait for it are
 * dropped, as if they were lost on their way.
 *
 * <p>What a member runs of its own goes none of these ways, but for one case: an owner that hears
 * again of what runs on itself asks itself, so that it counts as asked for.
 */
public final class MemberRuns implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemberRuns.class);

  private static final int MOST_WAITING = 20_000;
  private static final long TICK_MILLIS = 100;
  private static final long IDLE_MILLIS = 1_000;

  private final MemberLink link;
  private final LocalShell local;
  private final ShellTargets shell;
  private final HandlerTargets handlers;
  private final RunsElsewhere elsewhere;
  private final RunsForOthers forOthers;
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  /** What runs or is held for others, as of the last look. */
  private volatile int guests;

  // Touched by the thread only.

  /** Of a member that speaks another language. */
  private boolean complained;

  private boolean over;
  private long tickedNanos = System.nanoTime();

  /**
   * Starts the thread.
   *
   * @param own the handlers of this member
   */
  public MemberRuns(
      MemberLink link, Handlers own, ShellTargets.Bounds commands, HandlerTargets.Bounds calls) {
    this.link = new WithItself(link);
    this.local = new LocalShell(link.self().name(), commands.atOnce());
    this.elsewhere = new RunsElsewhere(this.link);
    this.handlers = new HandlerTargets(new HandedHandlers(link, own, this), calls);
    this.forOthers =
        new RunsForOthers(
            this.link,
            new OwnBench(link.self(), local, own, handlers),
            queue::add,
            System::nanoTime);
    this.shell = new ShellTargets(ShellPlaces.among(link), new Runner(), commands);
    this.thread = ShellProcess.thread("xcron-runs", this::work);
    link.serve(this);
  }

  /** Attempts that are commands, wherever they run. */
  public ShellTargets shell() {
    return shell;
  }

  /** Attempts that are Java code, wherever it is. */
  public HandlerTargets handlers() {
    return handlers;
  }

  /** Another member has sent this. Any thread; never blocks. */
  public void received(String from, byte[] message) {
    if (!closed && queue.size() < MOST_WAITING) {
      queue.add(() -> take(from, message));
    }
  }

  private void take(String from, byte[] bytes) {
    MemberMessage message;
    try {
      message = MessageCodec.decode(bytes);
      complained = false;
    } catch (IllegalArgumentException e) {
      if (!complained) {
        LOG.warn("{} has sent what cannot be read, so nothing runs there for us", from, e);
      }
      complained = true;
      return;
    }
    switch (message) {
      case MemberMessage.Order order -> forOthers.asked(from, order, System.nanoTime());
      case MemberMessage.Word word -> elsewhere.heard(from, word, System.nanoTime());
    }
  }

  private void work() {
    while (!over) {
      try {
        boolean idle = elsewhere.isEmpty() && forOthers.size() == 0;
        Runnable next = queue.poll(idle ? IDLE_MILLIS : TICK_MILLIS, TimeUnit.MILLISECONDS);
        if (next != null) {
          next.run();
        }
        tick();
      } catch (InterruptedException e) {
        // Nobody has a reason to: this thread ends when close() says so.
      } catch (RuntimeException | Error e) {
        LOG.error("What concerns runs on other members has failed in an unexpected way", e);
      }
    }
  }

  private void tick() {
    long nowNanos = System.nanoTime();
    guests = forOthers.size();
    if (nowNanos - tickedNanos >= TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
      tickedNanos = nowNanos;
      elsewhere.tick(nowNanos);
      forOthers.tick(nowNanos);
    }
  }

  // For the handlers and commands of this member, on any thread.

  void reserve(
      String member,
      AttemptKey key,
      @Nullable String handler,
      Consumer<MemberMessage.Word> answer) {
    if (closed) {
      answer.accept(new MemberMessage.Refused(key, false, "this member stops"));
      return;
    }
    queue.add(() -> elsewhere.reserve(member, key, handler, answer, System.nanoTime()));
  }

  void start(String member, Work work, long leftNanos, Consumer<Outcome> ended) {
    queue.add(() -> elsewhere.start(member, work, leftNanos, ended, System.nanoTime()));
  }

  void giveBack(String member, AttemptKey key) {
    queue.add(() -> elsewhere.giveBack(member, key));
  }

  void rejoin(String member, AttemptKey key, Consumer<Outcome> ended) {
    queue.add(() -> elsewhere.rejoin(member, key, ended, System.nanoTime()));
  }

  void kill(String member, AttemptKey key) {
    queue.add(() -> elsewhere.kill(member, key));
  }

  /**
   * The other members take this one for gone: what it runs is lost to its owners, who repeat it, so
   * it is ended. Calls of this member's own handlers go on.
   */
  public void abandonAll() {
    local.abandonAll();
    queue.add(forOthers::abandonAll);
  }

  /** Takes nothing more for others; what runs for them goes on. */
  public void takeNoMore() {
    queue.add(forOthers::close);
  }

  /**
   * Waits for what runs for others, after {@link #takeNoMore}.
   *
   * @return whether all of it has ended in time
   */
  public boolean drain(Duration atMost) {
    AtomicBoolean seen = new AtomicBoolean();
    queue.add(() -> seen.set(true));
    long deadlineNanos = System.nanoTime() + atMost.toNanos();
    while ((!seen.get() || guests > 0) && System.nanoTime() < deadlineNanos) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return guests == 0;
  }

  /** Ends what runs here; what runs elsewhere goes on, for the next owner to hear of it. */
  @Override
  public void close() {
    closed = true;
    queue.add(forOthers::close);
    shell.close();
    handlers.close();
    queue.add(elsewhere::close);
    queue.add(() -> over = true);
    boolean interrupted = false;
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The link, with a way to this member too. */
  private final class WithItself implements MemberLink {
    private final MemberLink others;

    WithItself(MemberLink others) {
      this.others = others;
    }

    @Override
    public Peer self() {
      return others.self();
    }

    @Override
    public List<Peer> members() {
      return others.members();
    }

    @Override
    public void send(String member, byte[] message) {
      if (member.equals(others.self().name())) {
        queue.add(() -> take(member, message));
      } else {
        others.send(member, message);
      }
    }
  }

  /** Commands, here and elsewhere. */
  private final class Runner implements ShellRunner {
    @Override
    public void reserve(String member, AttemptKey key, Consumer<Answer> answer) {
      if (isHere(member)) {
        local.reserve(member, key, answer);
        return;
      }
      MemberRuns.this.reserve(
          member,
          key,
          null,
          word ->
              answer.accept(
                  word instanceof MemberMessage.Refused refused
                      ? new Answer.Refused(refused.full(), refused.reason())
                      : new Answer.Held(new PlaceElsewhere(member, key))));
    }

    @Override
    public void rejoin(String member, AttemptKey key, Consumer<Outcome> ended) {
      MemberRuns.this.rejoin(member, key, ended);
    }

    @Override
    public void kill(String member, AttemptKey key) {
      if (isHere(member)) {
        local.kill(member, key);
      } else {
        MemberRuns.this.kill(member, key);
      }
    }

    @Override
    public @Nullable CommandOutput liveOutput(String taskId, long runNumber) {
      CommandOutput here = local.liveOutput(taskId, runNumber);
      return here == null ? elsewhere.liveOutput(taskId, runNumber) : here;
    }

    private boolean isHere(String member) {
      return member.equals(link.self().name());
    }

    @Override
    public void close() {
      local.close();
    }
  }

  private final class PlaceElsewhere implements ShellRunner.Place {
    private final String member;
    private final AttemptKey key;

    PlaceElsewhere(String member, AttemptKey key) {
      this.member = member;
      this.key = key;
    }

    @Override
    public void start(ShellCommand command, long leftNanos, Consumer<Outcome> ended) {
      MemberRuns.this.start(member, command, leftNanos, ended);
    }

    @Override
    public void giveBack() {
      MemberRuns.this.giveBack(member, key);
    }
  }
}
