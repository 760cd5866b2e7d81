package io.xcron.target;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One receiver: a FIFO queue before at most {@code inFlightPerHost} connections, each with one
 * request at a time. A host that hangs fills its own connections and its own queue, and nobody
 * else's.
 *
 * <p>But for {@link #enter}, everything runs on the loop that owns the host.
 */
final class Host {
  /** What came of asking for a place in the queue. */
  enum Entry {
    ENTERED,
    FULL,
    /** The host was forgotten at this moment: look it up anew. */
    RETIRED
  }

  private static final int RETIRED = Integer.MIN_VALUE / 2;

  /** How long live connections have to do when another could not be opened. */
  private static final long REOPEN_NANOS = Duration.ofSeconds(1).toNanos();

  private final Loop loop;
  private final Url url;
  private final String authority;
  private final int bound;
  private final int queueBound;

  /**
   * Attempts accepted and not yet taken out of the queue; hugely negative once the host is
   * forgotten.
   */
  private final AtomicInteger waiting = new AtomicInteger();

  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private final ArrayList<Connection> connections = new ArrayList<>();
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private int opening;
  private boolean owned;
  private boolean touched;
  private boolean draining;
  private boolean drainAgain;
  private long usedNanos;
  private long reopenNanos;

  /** Sequence numbers of the queue: how many have joined, how many have left. */
  private long joined;

  private long left;

  /** Attempts that joined before this number fail with {@link #doom}. */
  private long doomedBelow;

  private Outcome doom = new Outcome.Withdrawn();

  private final boolean literal;
  private boolean resolving;
  private long resolvingSinceNanos;
  private boolean resolved;
  private long staleNanos;
  private List<InetAddress> addresses = List.of();
  private @Nullable String denied;

  Host(Loop loop, Url url) {
    this.loop = loop;
    this.url = url;
    this.authority = url.authority();
    this.bound = loop.config.bounds().inFlightPerHost();
    this.queueBound = loop.config.bounds().queuePerHost();
    this.usedNanos = loop.nowNanos();
    this.reopenNanos = usedNanos;
    InetAddress address = Literals.parse(url.host());
    this.literal = address != null;
    if (address != null) {
      judge(List.of(address));
    }
  }

  Loop loop() {
    return loop;
  }

  Url url() {
    return url;
  }

  String authority() {
    return authority;
  }

  String origin() {
    return url.origin();
  }

  /** Any thread: takes a place in the queue. */
  Entry enter() {
    int places = waiting.incrementAndGet();
    if (places > 0 && places <= queueBound) {
      return Entry.ENTERED;
    }
    waiting.decrementAndGet();
    return places <= 0 ? Entry.RETIRED : Entry.FULL;
  }

  /**
   * An attempt with a place comes in. True when the caller must see to it that {@link #drain}
   * follows.
   */
  boolean join(Waiting attempt) {
    if (!owned) {
      owned = true;
      loop.own(this);
    }
    queue.add(attempt);
    joined++;
    boolean first = !touched;
    touched = true;
    return first;
  }

  /**
   * Moves attempts from the queue to connections, opening what is missing. Safe to call from within
   * itself.
   */
  void drain() {
    touched = false;
    if (draining) {
      drainAgain = true;
      return;
    }
    draining = true;
    int turn = 0;
    try {
      do {
        drainAgain = false;
        while (!queue.isEmpty() && turn < Loop.TURN && step()) {
          turn++;
        }
      } while (drainAgain && turn < Loop.TURN);
    } finally {
      draining = false;
    }
    if (turn >= Loop.TURN) {
      loop.later(this::drain);
    }
  }

  /** Takes one attempt out of the queue; false when none can be taken now. */
  private boolean step() {
    if (loop.isShutDown()) {
      Loop.tell(next().attempt(), new Outcome.Withdrawn());
      return true;
    }
    if (left < doomedBelow) {
      Loop.tell(next().attempt(), doom);
      return true;
    }
    long nowNanos = loop.nowNanos();
    if (!literal && (!resolved || staleNanos - nowNanos <= 0)) {
      startResolving(nowNanos);
      return false;
    }
    if (denied != null) {
      Loop.tell(next().attempt(), new Outcome.Denied(denied));
      return true;
    }
    Connection connection = takeIdle(nowNanos);
    if (connection == null) {
      open(nowNanos);
      return false;
    }
    usedNanos = nowNanos;
    if (!connection.start(next())) {
      release(connection);
    }
    return true;
  }

  /** Ends an attempt by force. Its place in the queue is searched for: kills are rare. */
  void kill(Attempt attempt) {
    for (Waiting one : queue) {
      if (one.attempt().equals(attempt)) {
        queue.remove(one);
        left++;
        waiting.decrementAndGet();
        loop.leftQueue();
        Loop.tell(attempt, new Outcome.Withdrawn());
        return;
      }
    }
    for (Connection connection : List.copyOf(connections)) {
      if (connection.kill(attempt)) {
        return;
      }
    }
  }

  private Waiting next() {
    left++;
    waiting.decrementAndGet();
    loop.leftQueue();
    return queue.remove();
  }

  // Names and addresses

  private void startResolving(long nowNanos) {
    if (!resolving) {
      resolving = true;
      resolvingSinceNanos = nowNanos;
      loop.resolve(this, url.host());
    }
  }

  void resolved(List<InetAddress> found, @Nullable String failure) {
    resolving = false;
    if (failure != null) {
      doomAll(new Outcome.ConnectFailed(failure));
    } else {
      judge(found);
      closeIdleElsewhere();
    }
    drain();
  }

  /**
   * Keeps the addresses that may be called. None: the host is denied, for the reason of the first.
   */
  private void judge(List<InetAddress> found) {
    List<InetAddress> allowed = new ArrayList<>(found.size());
    @Nullable String firstReason = null;
    for (InetAddress address : found) {
      String reason = loop.config.policy().check(address, url.host());
      if (reason == null) {
        allowed.add(Literals.withoutName(address));
      } else if (firstReason == null) {
        firstReason = reason;
      }
    }
    addresses = List.copyOf(allowed);
    denied = allowed.isEmpty() ? firstReason : null;
    resolved = true;
    staleNanos = loop.nowNanos() + loop.config.times().resolved().toNanos();
  }

  /** A connection to an address that the name no longer has is no connection to this host. */
  private void closeIdleElsewhere() {
    for (Connection connection : List.copyOf(idle)) {
      if (!addresses.contains(connection.address())) {
        connection.discard();
      }
    }
  }

  // Connections

  private @Nullable Connection takeIdle(long nowNanos) {
    for (Connection connection = idle.pollLast();
        connection != null;
        connection = idle.pollLast()) {
      if (connection.fresh(nowNanos)) {
        return connection;
      }
      connection.discard();
    }
    return null;
  }

  /** Opens as many connections as attempts wait, within the bound. */
  private void open(long nowNanos) {
    if (reopenNanos - nowNanos > 0 && !connections.isEmpty()) {
      return;
    }
    int wanted = Math.min(queue.size() - opening, bound - connections.size() - opening);
    // One that has little time must not take that of the others: they would fail with it.
    Duration patience =
        queue.size() == 1 ? queue.element().target().timeout() : loop.config.times().connect();
    for (int i = 0; i < wanted; i++) {
      opening++;
      new Opening(this, addresses, joined).start(patience);
    }
  }

  void opened(Connection connection) {
    opening--;
    connections.add(connection);
    if (loop.isShutDown() || !addresses.contains(connection.address())) {
      connection.discard();
    } else {
      idle.add(connection);
    }
    drain();
  }

  /**
   * No connection. Those that already waited when it was tried fail with it, unless other
   * connections live: those shall serve them, and the next try waits a little.
   */
  void openFailed(String reason, long joinedBefore) {
    opening--;
    if (connections.isEmpty()) {
      doom = new Outcome.ConnectFailed(reason);
      doomedBelow = Math.max(doomedBelow, joinedBefore);
    } else {
      reopenNanos = loop.nowNanos() + REOPEN_NANOS;
    }
    drain();
  }

  private void doomAll(Outcome outcome) {
    doom = outcome;
    doomedBelow = joined;
  }

  /** The connection is free again. */
  void release(Connection connection) {
    usedNanos = loop.nowNanos();
    if (connection.isGone()) {
      return;
    }
    if (addresses.contains(connection.address())) {
      idle.addLast(connection);
    } else {
      connection.discard();
    }
  }

  void gone(Connection connection) {
    connections.remove(connection);
    idle.remove(connection);
  }

  // Housekeeping

  void sweep(long nowNanos) {
    for (Connection connection : List.copyOf(idle)) {
      if (!connection.fresh(nowNanos)) {
        connection.discard();
      }
    }
    boolean resolverHangs =
        resolving && nowNanos - resolvingSinceNanos > loop.config.times().connect().toNanos();
    if (resolverHangs && !queue.isEmpty()) {
      doomAll(new Outcome.ConnectFailed(url.host() + " was not resolved in time"));
    }
    drain();
  }

  /**
   * Forgets this host when nothing is left of it and it was not used for so long. True when it is
   * forgotten.
   */
  boolean retire(long nowNanos, long idleNanos) {
    boolean busy = opening > 0 || resolving || idle.size() < connections.size() || !queue.isEmpty();
    if (busy || nowNanos - usedNanos < idleNanos || !waiting.compareAndSet(0, RETIRED)) {
      return false;
    }
    List.copyOf(connections).forEach(Connection::discard);
    return true;
  }

  void shutdown() {
    drain();
    for (Connection connection : List.copyOf(connections)) {
      connection.breakOff("the sender was closed");
    }
  }
}
