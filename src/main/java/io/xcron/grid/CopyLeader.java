package io.xcron.grid;

import io.xcron.model.Title;
import java.util.ArrayDeque;
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

  private final UUID self;
  private final long epoch;
  private final LocalCopy local;
  private final CopyLimits limits;
  private final World world;
  private final Map<UUID, CopyPeer> peers = new LinkedHashMap<>();
  private final EpochWrites writes = new EpochWrites();
  private final CopySender sender;
  private final CopyPatience patience;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final ArrayDeque<Runnable> ended = new ArrayDeque<>();
  private State state = State.ADOPTING;
  private boolean titled;
  private long durable = CopyPeer.NONE;
  private long complete = CopyPeer.NONE;
  private long drainUntilNanos;
  private boolean sheds;
  private long shedsSinceNanos;

  /** The content of the local copy is as it was before this epoch began. */
  CopyLeader(
      int partition, UUID self, long epoch, LocalCopy local, CopyLimits limits, World world) {
    this.self = self;
    this.epoch = epoch;
    this.local = local;
    this.limits = limits;
    this.world = world;
    patience = new CopyPatience(limits);
    Version base = local.version();
    if (base == null) {
      throw new IllegalStateException("an owner must have a whole copy");
    }
    CopyStore content = local.store();
    CopyMessage.Adopt adoption = new CopyMessage.Adopt(partition, epoch, base, content.digest());
    sender = new CopySender(adoption, content, writes, limits, world);
    if (base.epoch() >= epoch) {
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
          sender.adopt(peer, nowNanos);
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
      if (member.equals(self) || peers.containsKey(member) || patience.rests(member, nowNanos)) {
        continue;
      }
      CopyPeer peer = new CopyPeer(member, false, nowNanos);
      if (sender.beginCopy(peer, nowNanos)) {
        patience.rested(member);
        peers.put(member, peer);
      }
    }
  }

  /**
   * Asks to do without the copies that lie where the grid wants none, once all are in sync that it
   * wants, and more than must be: else every member that ever had a copy would keep it for good.
   */
  void shed(List<UUID> replicas, long nowNanos) {
    if (state != State.OPEN || replicas.size() <= limits.copies()) {
      return;
    }
    for (UUID member : replicas) {
      CopyPeer peer = peers.get(member);
      boolean stays = peer != null && peer.inSync() && !peer.gone() && !peer.dropAsked();
      if (!stays && !member.equals(self)) {
        return;
      }
    }
    for (CopyPeer peer : peers.values()) {
      boolean asked = peer.dropAsked() && !patience.mayAskAgain(peer, nowNanos);
      if (peer.inSync() && !replicas.contains(peer.member()) && !asked) {
        if (!sheds) {
          sheds = true;
          shedsSinceNanos = nowNanos;
        }
        peer.asked(nowNanos);
        peer.askDrop();
        world.drop(epoch, peer.member());
      }
    }
  }

  /**
   * Whether the ledger is about to drop copies that are not wanted. A move waits for that, a
   * little: they go with the next epoch, and in this one they would have to stay.
   */
  boolean sheds(long nowNanos) {
    return sheds
        && nowNanos - shedsSinceNanos < limits.patience().toNanos()
        && peers.values().stream().anyMatch(peer -> peer.inSync() && peer.dropAsked());
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

  /** Whether nothing is to be waited for any more before this epoch is durable here. */
  boolean begun() {
    return state != State.ADOPTING || durable != CopyPeer.NONE;
  }

  /** Whether writes are taken now. */
  boolean takesWrites() {
    return state == State.OPEN
        && writes.bytes() < limits.keptBytes()
        && 1 + inSyncPeers() >= limits.copies();
  }

  /** Notes a write that was done in memory and appended to the journal; gives its sequence. */
  long wrote(CopyEntry entry) {
    long sequence = writes.add(entry);
    local.wrote(sequence);
    if (peers.isEmpty()) {
      writes.letGo();
    }
    return sequence;
  }

  /** The sequence that the next write will have. */
  long nextSequence() {
    return writes.sequence() + 1;
  }

  /**
   * Calls back when all writes so far are complete, at once if they are. A grant that has lapsed is
   * waited for as a copy is: nobody else acts before this epoch is over.
   */
  void whenComplete(Completion completion, long nowNanos) {
    if (state == State.OVER) {
      // Another thread has heard of a later epoch since this write was let in.
      ended.add(() -> completion.ended(false));
    } else if (complete >= writes.sequence() && waiting.isEmpty() && stillGranted(nowNanos)) {
      ended.add(() -> completion.ended(true));
    } else {
      waiting.add(new Waiting(writes.sequence(), nowNanos, completion));
    }
  }

  /** Sends what was written and not sent. */
  void flush(long nowNanos) {
    for (CopyPeer peer : peers.values()) {
      sender.follow(peer, nowNanos);
    }
    trim();
  }

  void acknowledged(UUID from, CopyMessage.Ack ack, long nowNanos) {
    CopyPeer peer = peers.get(from);
    if (peer == null || ack.epoch() != epoch) {
      return;
    }
    sender.acknowledged(peer, ack.sequence(), nowNanos);
    advance(nowNanos);
    flush(nowNanos);
  }

  void chunkTaken(UUID from, CopyMessage.ChunkAck ack, long nowNanos) {
    CopyPeer peer = peers.get(from);
    if (peer != null && ack.epoch() == epoch) {
      sender.chunkTaken(peer, ack, nowNanos);
    }
  }

  void behind(UUID from, CopyMessage.Behind behind, long nowNanos) {
    CopyPeer peer = peers.get(from);
    if (peer != null && behind.epoch() == epoch) {
      sender.behind(peer, behind, nowNanos);
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
        sender.beginCopy(peer, nowNanos);
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
    boolean done = idle && waiting.isEmpty() && complete >= writes.sequence();
    return world.granted(epoch, nowNanos) && (done || drainUntilNanos - nowNanos < 0);
  }

  /** Sends again what was lost, and loses patience. */
  private void nudge(CopyPeer peer, long nowNanos) {
    boolean owes = peer.owes(writes.sequence());
    switch (patience.judge(peer, owes, nowNanos)) {
      case BORNE -> {}
      case LOST -> {
        if (lose(peer, nowNanos)) {
          return;
        }
      }
      case PROPOSED_STILL -> {
        peer.asked(nowNanos);
        world.add(epoch, peer.member());
      }
      case STUCK -> {
        // The proposal may come true at any time; only the end of the epoch takes it back.
        drain(nowNanos);
        return;
      }
    }
    if (owes && patience.maySendAgain(peer, nowNanos)) {
      sender.resend(peer, nowNanos);
    }
  }

  /**
   * Gives up a candidate; true for that. A member in sync is to be dropped, if enough stay, and is
   * asked again and again until it is: it may come back. A copy that it does not take any more must
   * not hold up the copies to others, one of which may be needed to replace it.
   */
  private boolean lose(CopyPeer peer, long nowNanos) {
    if (!peer.inSync()) {
      patience.rest(peer.member(), nowNanos);
      forget(peer, nowNanos);
      return true;
    }
    sender.breakOff(peer);
    boolean asked = peer.dropAsked() && !patience.mayAskAgain(peer, nowNanos);
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
    sender.forget(peer);
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
    while (!waiting.isEmpty() && enough(waiting.getFirst().sequence()) && stillGranted(nowNanos)) {
      Waiting done = waiting.removeFirst();
      complete = Math.max(complete, done.sequence());
      end(done, true);
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

  /** Lets go of entries that nobody needs any more. */
  private void trim() {
    long needed = writes.sequence() + 1;
    for (CopyPeer peer : peers.values()) {
      CopyPeer.Outgoing copy = peer.copy();
      long from = copy != null ? copy.sequence + 1 : peer.acknowledged() + 1;
      boolean tooFar = !peer.required() && writes.bytes() > limits.keptBytes() / 2;
      if (!tooFar) {
        needed = Math.min(needed, Math.max(from, 1));
      }
    }
    writes.letGoBefore(needed);
  }

  /** The epoch has ended for this member: what is not complete is not known to be. */
  void over() {
    if (state == State.OVER) {
      return;
    }
    state = State.OVER;
    peers.values().forEach(sender::forget);
    peers.clear();
    writes.letGo();
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
