package io.xcron.grid;

import io.xcron.model.Title;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The owner of one partition in one epoch: it brings the members in sync to its own content, gives
 * every write a sequence, sends it to them, and knows when it is complete (rules 4, 6, 8 and 9 of
 * the grant).
 *
 * <p>A member that joins the copies is brought up beside the writes and proposed when it has
 * acknowledged every write that is complete; from the proposal on it is required, because the
 * ledger may add it at any time from then. So every complete write is in the copy of every member
 * that the ledger may name.
 *
 * <p>A member that is dropped stays required until a ledger is read that does not have it. None is
 * dropped if too few would stay to complete a write: nothing is gained by that, and a copy that has
 * everything would lose its title.
 *
 * <p>Methods are called under the lock of {@link PartitionCopies}: those that acknowledge by any
 * thread, the others by the partition's, on which alone the content may be read. Those that decide
 * something stand alone, so that tests can plant a fault in each.
 */
class CopyLeader {
  /** What the owner does to the world. No method may block or call back. */
  interface World {
    void send(UUID to, CopyMessage message);

    /** Whether this member may act in this epoch now. */
    boolean granted(long epoch, long nowNanos);

    /** Whether one more whole copy may be sent now; a true must be followed by a give-back. */
    boolean takeCopyPermit();

    void giveCopyPermit();

    void add(long epoch, UUID member);

    void drop(long epoch, UUID member);

    void release(long epoch);

    /** Asks for a {@link #tick} on the partition's thread soon. */
    void wake();
  }

  /** Told once what became of a write, or of all writes up to a read. */
  interface Completion {
    /** Complete on all copies, or not known to be. */
    void ended(boolean complete);
  }

  /** Where the epoch stands. */
  enum State {
    /** Members in sync are being brought to the owner's content; nothing is done yet. */
    ADOPTING,
    /** Writes are taken and completed. */
    OPEN,
    /** No new writes; those under way are being completed. */
    DRAINING,
    /** Over for this member. */
    OVER
  }

  private record Waiting(long sequence, long sinceNanos, Completion completion) {}

  private final int partition;
  private final UUID self;
  private final long epoch;
  private final LocalCopy local;
  private final CopyLimits limits;
  private final World world;
  private final Version base;
  private final long baseDigest;
  private final Map<UUID, CopyPeer> peers = new LinkedHashMap<>();
  private final Map<UUID, Long> restingUntilNanos = new LinkedHashMap<>();
  private final ArrayDeque<CopyEntry> kept = new ArrayDeque<>();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final ArrayDeque<Runnable> ended = new ArrayDeque<>();
  private State state = State.ADOPTING;
  private boolean titled;
  private long keptFirst = 1;
  private long keptBytes;
  private long sequence;
  private long durable = CopyPeer.NONE;
  private long complete = CopyPeer.NONE;
  private long drainUntilNanos;
  private long copyNumber;

  /** The content of the local copy is as it was before this epoch began. */
  CopyLeader(
      int partition, UUID self, long epoch, LocalCopy local, CopyLimits limits, World world) {
    this.partition = partition;
    this.self = self;
    this.epoch = epoch;
    this.local = local;
    this.limits = limits;
    this.world = world;
    Version content = local.version();
    if (content == null) {
      throw new IllegalStateException("an owner must have a whole copy");
    }
    base = content;
    baseDigest = local.store().digest();
    if (content.epoch() >= epoch) {
      throw new IllegalStateException("epoch " + epoch + " was begun before");
    }
    local.begin(epoch);
  }

  long epoch() {
    return epoch;
  }

  State state() {
    return state;
  }

  /** The ledger still has this epoch. */
  void title(Title title, long nowNanos) {
    titled = true;
    for (UUID member : title.inSync()) {
      if (!member.equals(self)) {
        CopyPeer peer = peers.get(member);
        if (peer == null) {
          peer = new CopyPeer(member, true, nowNanos);
          peers.put(member, peer);
          sendAdopt(peer, nowNanos);
        }
        peer.inSync(true);
      }
    }
    for (CopyPeer peer : List.copyOf(peers.values())) {
      if (peer.inSync() && !title.inSync().contains(peer.member())) {
        forget(peer, nowNanos);
      }
    }
    advance(nowNanos);
  }

  /** Begins to bring up those of the grid's replicas that have no copy in sync. */
  void replicas(List<UUID> replicas, long nowNanos) {
    for (CopyPeer peer : List.copyOf(peers.values())) {
      if (!peer.required() && !replicas.contains(peer.member())) {
        forget(peer, nowNanos);
      }
    }
    for (UUID member : replicas) {
      if (state != State.ADOPTING && state != State.OPEN) {
        return;
      }
      Long resting = restingUntilNanos.get(member);
      boolean rests = resting != null && resting - nowNanos > 0;
      if (member.equals(self) || peers.containsKey(member) || rests) {
        continue;
      }
      CopyPeer peer = new CopyPeer(member, false, nowNanos);
      if (beginCopy(peer, nowNanos)) {
        restingUntilNanos.remove(member);
        peers.put(member, peer);
      }
    }
  }

  /**
   * Who is a member of the cluster. One that is not will never acknowledge again, and need not be
   * waited for.
   */
  void living(Set<UUID> living) {
    for (CopyPeer peer : peers.values()) {
      peer.gone(!living.contains(peer.member()));
    }
  }

  /** What was begun in this epoch, or written up to this sequence, is durable here. */
  void durable(long upTo, long nowNanos) {
    durable = Math.max(durable, upTo);
    advance(nowNanos);
  }

  /** Whether writes are taken now. */
  boolean takesWrites() {
    return state == State.OPEN
        && keptBytes < limits.keptBytes()
        && 1 + inSyncPeers() >= limits.copies();
  }

  /** Notes a write that was done in memory and appended to the journal; gives its sequence. */
  long wrote(CopyEntry entry) {
    sequence++;
    local.wrote(sequence);
    if (!peers.isEmpty()) {
      if (kept.isEmpty()) {
        keptFirst = sequence;
      }
      kept.add(entry);
      keptBytes += entry.size();
    }
    return sequence;
  }

  /** The sequence that the next write will have. */
  long nextSequence() {
    return sequence + 1;
  }

  /** Calls back when all writes so far are complete; at once if they are. */
  void whenComplete(Completion completion, long nowNanos) {
    if (complete >= sequence && waiting.isEmpty()) {
      boolean granted = stillGranted(nowNanos);
      ended.add(() -> completion.ended(granted));
    } else {
      waiting.add(new Waiting(sequence, nowNanos, completion));
    }
  }

  /** Sends what was written and not sent. */
  void flush(long nowNanos) {
    for (CopyPeer peer : peers.values()) {
      boolean follows = peer.whole() && peer.copy() == null && !peer.mustAnswer();
      if (follows && peer.sent() < sequence) {
        sendEntries(peer, nowNanos);
      }
    }
    trim();
  }

  void acknowledged(UUID from, CopyMessage.Ack ack, long nowNanos) {
    CopyPeer peer = peers.get(from);
    if (peer == null || ack.epoch() != epoch) {
      return;
    }
    boolean copied = peer.copy() != null;
    peer.acknowledged(ack.sequence(), nowNanos);
    if (copied && peer.copy() == null) {
      world.giveCopyPermit();
    }
    advance(nowNanos);
    flush(nowNanos);
  }

  void chunkTaken(UUID from, CopyMessage.ChunkAck ack, long nowNanos) {
    CopyPeer peer = peers.get(from);
    CopyPeer.Outgoing copy = peer == null ? null : peer.copy();
    if (peer == null || copy == null || ack.epoch() != epoch || ack.copy() != copy.number) {
      return;
    }
    if (ack.next() > copy.takenParts) {
      copy.takenParts = ack.next();
      peer.came(nowNanos);
    }
    sendParts(peer, copy, nowNanos);
  }

  void behind(UUID from, CopyMessage.Behind behind, long nowNanos) {
    CopyPeer peer = peers.get(from);
    if (peer == null || behind.epoch() != epoch || peer.copy() != null) {
      return;
    }
    boolean none = behind.sequence() == CopyMessage.Behind.NOTHING;
    if (!none && (behind.sequence() >= sequence || behind.sequence() + 1 >= keptFirst)) {
      peer.sent(behind.sequence(), nowNanos);
      sendEntries(peer, nowNanos);
    } else {
      needCopy(peer);
    }
  }

  private void needCopy(CopyPeer peer) {
    if (!peer.needsCopy()) {
      peer.needCopy();
      world.wake();
    }
  }

  /** A member has seen a later epoch: this one is over, whatever the ledger read here says. */
  void refused(CopyMessage.Refused refused) {
    if (refused.epoch() == epoch && refused.highest() > epoch) {
      over();
    }
  }

  /** The partition is to move: no new writes, and release when what is under way has ended. */
  void drain(long nowNanos) {
    if (state == State.ADOPTING || state == State.OPEN) {
      state = State.DRAINING;
      drainUntilNanos = nowNanos + limits.drain().toNanos();
    }
  }

  /** Who acts was told only now, as after a pause, and has its time from now on. */
  void drainTold(long nowNanos) {
    drainUntilNanos = nowNanos + limits.drain().toNanos();
  }

  /** To be called every 50 ms or so. Tells whether the owner's work under way has ended. */
  void tick(boolean idle, long nowNanos) {
    // The caller must learn of a drain before it can say that its work has ended.
    boolean drained = state == State.DRAINING;
    while (!waiting.isEmpty()
        && nowNanos - waiting.getFirst().sinceNanos() > limits.answer().toNanos()) {
      end(waiting.removeFirst(), false);
    }
    for (CopyPeer peer : List.copyOf(peers.values())) {
      if (peer.needsCopy() && !peer.gone()) {
        beginCopy(peer, nowNanos);
      }
      nudge(peer, nowNanos);
    }
    advance(nowNanos);
    if (drained && state == State.DRAINING && mayRelease(idle, nowNanos)) {
      over();
      world.release(epoch);
    }
  }

  private boolean mayRelease(boolean idle, long nowNanos) {
    // Without a grant the own wait may not be over yet, and a release before that proves nothing.
    boolean done = idle && waiting.isEmpty() && complete >= sequence;
    return world.granted(epoch, nowNanos) && (done || drainUntilNanos - nowNanos < 0);
  }

  /** Sends again what was lost, and loses patience. */
  private void nudge(CopyPeer peer, long nowNanos) {
    boolean owes = !peer.whole() || peer.copy() != null || peer.acknowledged() < sequence;
    boolean silent = owes && peer.silentNanos(nowNanos) > limits.patience().toNanos();
    if (peer.inSync() || !peer.proposed()) {
      if ((silent || peer.gone()) && lose(peer, nowNanos)) {
        return;
      }
    } else if (peer.sinceAskedNanos(nowNanos) > limits.resend().toNanos()) {
      boolean stuck = silent && peer.silentNanos(nowNanos) > 4 * limits.patience().toNanos();
      if (stuck || peer.gone()) {
        // The proposal may come true at any time; only the end of the epoch takes it back.
        drain(nowNanos);
        return;
      }
      peer.asked(nowNanos);
      world.add(epoch, peer.member());
    }
    if (owes && !peer.gone() && peer.sinceSentNanos(nowNanos) >= limits.resend().toNanos()) {
      resend(peer, nowNanos);
    }
  }

  private void resend(CopyPeer peer, long nowNanos) {
    CopyPeer.Outgoing copy = peer.copy();
    if (copy != null) {
      copy.sentParts = copy.takenParts;
      sendParts(peer, copy, nowNanos);
    } else if (peer.mustAnswer()) {
      world.send(peer.member(), adoption());
      peer.sentParts(nowNanos);
    } else if (!peer.whole()) {
      sendAdopt(peer, nowNanos);
    } else {
      peer.sent(peer.acknowledged(), nowNanos);
      sendEntries(peer, nowNanos);
    }
  }

  /**
   * Gives up a candidate; true for that. A member in sync is to be dropped, if enough stay, and is
   * asked again and again until it is: it may come back. A copy that it does not take any more must
   * not hold up the copies to others, one of which may be needed to replace it.
   */
  private boolean lose(CopyPeer peer, long nowNanos) {
    if (!peer.inSync()) {
      restingUntilNanos.put(peer.member(), nowNanos + 2 * limits.patience().toNanos());
      forget(peer, nowNanos);
      return true;
    }
    if (peer.copy() != null) {
      peer.breakOff();
      world.giveCopyPermit();
    }
    boolean asked = peer.dropAsked() && peer.sinceAskedNanos(nowNanos) <= limits.resend().toNanos();
    if (!asked && 1 + stayingBeside(peer) >= limits.copies()) {
      peer.asked(nowNanos);
      peer.askDrop();
      world.drop(epoch, peer.member());
    }
    return false;
  }

  /** In-sync members but this one that live, and that nobody asked the ledger to drop. */
  private int stayingBeside(CopyPeer leaving) {
    int count = 0;
    for (CopyPeer peer : peers.values()) {
      boolean stays = peer.inSync() && !peer.gone() && !peer.dropAsked();
      count += peer != leaving && stays ? 1 : 0;
    }
    return count;
  }

  private void forget(CopyPeer peer, long nowNanos) {
    peers.remove(peer.member());
    if (peer.copy() != null) {
      world.giveCopyPermit();
    }
    advance(nowNanos);
  }

  private int inSyncPeers() {
    int count = 0;
    for (CopyPeer peer : peers.values()) {
      count += peer.inSync() ? 1 : 0;
    }
    return count;
  }

  /** Opens, completes and proposes what can be. */
  private void advance(long nowNanos) {
    if (state == State.OVER) {
      return;
    }
    if (state == State.ADOPTING && titled && enough(0) && world.granted(epoch, nowNanos)) {
      state = State.OPEN;
      world.wake();
      complete = Math.max(complete, 0);
    }
    if (state != State.ADOPTING) {
      completeWaiting(nowNanos);
    }
    for (CopyPeer peer : peers.values()) {
      if (!peer.required() && mayPropose(peer)) {
        peer.propose(nowNanos);
        world.add(epoch, peer.member());
      }
    }
    trim();
  }

  private void completeWaiting(long nowNanos) {
    long upTo = durable;
    for (CopyPeer peer : peers.values()) {
      if (peer.required()) {
        upTo = Math.min(upTo, peer.acknowledged());
      }
    }
    while (!waiting.isEmpty() && enough(waiting.getFirst().sequence())) {
      Waiting done = waiting.removeFirst();
      boolean granted = stillGranted(nowNanos);
      if (granted) {
        complete = Math.max(complete, done.sequence());
      }
      end(done, granted);
    }
    if (enough(upTo)) {
      complete = Math.max(complete, upTo);
    }
  }

  /** Whether this sequence is durable on every copy that must have it, and these are enough. */
  boolean enough(long upTo) {
    if (durable < upTo) {
      return false;
    }
    int copies = 1;
    for (CopyPeer peer : peers.values()) {
      if (peer.required() && peer.acknowledged() < upTo) {
        return false;
      }
      copies += peer.inSync() ? 1 : 0;
    }
    return copies >= limits.copies();
  }

  boolean stillGranted(long nowNanos) {
    return world.granted(epoch, nowNanos);
  }

  /** Whether a candidate has all that was, or may have been, promised. */
  boolean mayPropose(CopyPeer peer) {
    return peer.whole() && peer.copy() == null && peer.acknowledged() >= complete;
  }

  private boolean beginCopy(CopyPeer peer, long nowNanos) {
    if (!world.takeCopyPermit()) {
      return false;
    }
    CopyPeer.Outgoing copy =
        new CopyPeer.Outgoing(++copyNumber, sequence, local.store().entries(), limits.partBytes());
    peer.begin(copy, nowNanos);
    if (kept.isEmpty()) {
      keptFirst = sequence + 1;
    }
    sendParts(peer, copy, nowNanos);
    return true;
  }

  private void sendParts(CopyPeer peer, CopyPeer.Outgoing copy, long nowNanos) {
    while (copy.sentParts < copy.parts() && copy.sentParts - copy.takenParts < limits.parts()) {
      int index = copy.sentParts++;
      world.send(
          peer.member(),
          new CopyMessage.Chunk(
              partition,
              epoch,
              copy.number,
              index,
              index + 1 == copy.parts(),
              copy.sequence,
              copy.part(index)));
    }
    peer.sentParts(nowNanos);
  }

  private void sendAdopt(CopyPeer peer, long nowNanos) {
    world.send(peer.member(), adoption());
    peer.sent(0, nowNanos);
  }

  private CopyMessage.Adopt adoption() {
    return new CopyMessage.Adopt(partition, epoch, base, baseDigest);
  }

  private void sendEntries(CopyPeer peer, long nowNanos) {
    if (peer.sent() >= sequence) {
      return;
    }
    long first = peer.sent() + 1;
    if (first < keptFirst) {
      needCopy(peer);
      return;
    }
    List<CopyEntry> entries = new ArrayList<>();
    int bytes = 0;
    Iterator<CopyEntry> from =
        sequence - first < 4
            ? lastKept((int) (sequence - first + 1))
            : kept.stream().skip(first - keptFirst).iterator();
    while (from.hasNext() && bytes < limits.partBytes() * limits.parts()) {
      CopyEntry entry = from.next();
      entries.add(entry);
      bytes += entry.size();
    }
    world.send(peer.member(), new CopyMessage.Entries(partition, epoch, first, entries));
    peer.sent(first + entries.size() - 1, nowNanos);
  }

  /** The newest entries, oldest first, without a walk over all that are kept. */
  private Iterator<CopyEntry> lastKept(int count) {
    ArrayDeque<CopyEntry> last = new ArrayDeque<>(count);
    Iterator<CopyEntry> newest = kept.descendingIterator();
    for (int i = 0; i < count && newest.hasNext(); i++) {
      last.addFirst(newest.next());
    }
    return last.iterator();
  }

  /** Lets go of entries that nobody needs any more. */
  private void trim() {
    long needed = sequence + 1;
    for (CopyPeer peer : peers.values()) {
      CopyPeer.Outgoing copy = peer.copy();
      long from = copy != null ? copy.sequence + 1 : peer.acknowledged() + 1;
      boolean tooFar = !peer.required() && keptBytes > limits.keptBytes() / 2;
      if (!tooFar) {
        needed = Math.min(needed, Math.max(from, 1));
      }
    }
    while (!kept.isEmpty() && keptFirst < needed) {
      keptBytes -= kept.removeFirst().size();
      keptFirst++;
    }
    if (kept.isEmpty()) {
      keptFirst = sequence + 1;
    }
  }

  /** The epoch has ended for this member: what is not complete is not known to be. */
  void over() {
    if (state == State.OVER) {
      return;
    }
    state = State.OVER;
    for (CopyPeer peer : peers.values()) {
      if (peer.copy() != null) {
        world.giveCopyPermit();
      }
    }
    peers.clear();
    kept.clear();
    keptBytes = 0;
    waiting.forEach(one -> end(one, false));
    waiting.clear();
  }

  private void end(Waiting one, boolean complete) {
    ended.add(() -> one.completion().ended(complete));
  }

  /** Those who are to be told now, by the caller, without the lock. */
  List<Runnable> takeEnded() {
    if (ended.isEmpty()) {
      return List.of();
    }
    List<Runnable> taken = List.copyOf(ended);
    ended.clear();
    return taken;
  }

  @Nullable CopyPeer peer(UUID member) {
    return peers.get(member);
  }
}
