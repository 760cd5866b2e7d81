package io.xcron.grid;

import java.util.List;

/**
 * What an owner sends to the other members so that each comes to its content: the epoch to adopt,
 * the writes that follow, and to whom these do not reach a whole copy in parts.
 *
 * <p>A whole copy has a permit from its begin until the member has acknowledged it, or it is broken
 * off; so no copy of a peer may end but by this class. Guarded by the owner's lock; only {@link
 * #beginCopy} reads the content, and is called on the partition's thread.
 */
final class CopySender {
  private final CopyMessage.Adopt adoption;
  private final CopyStore content;
  private final EpochWrites writes;
  private final CopyLimits limits;
  private final CopyLeader.World world;
  private long copyNumber;

  CopySender(
      CopyMessage.Adopt adoption,
      CopyStore content,
      EpochWrites writes,
      CopyLimits limits,
      CopyLeader.World world) {
    this.adoption = adoption;
    this.content = content;
    this.writes = writes;
    this.limits = limits;
    this.world = world;
  }

  /** Asks whether the member has what the epoch began with. */
  void adopt(CopyPeer peer, long nowNanos) {
    world.send(peer.member(), adoption);
    peer.sent(0, nowNanos);
  }

  /** Sends what was written and not sent, unless something else must come first. */
  void follow(CopyPeer peer, long nowNanos) {
    boolean follows = peer.whole() && peer.copy() == null && !peer.mustAnswer();
    if (follows && peer.sent() < writes.sequence()) {
      entries(peer, nowNanos);
    }
  }

  /** Sends what was not acknowledged once more. */
  void resend(CopyPeer peer, long nowNanos) {
    CopyPeer.Outgoing copy = peer.copy();
    if (copy != null) {
      copy.sentParts = copy.takenParts;
      parts(peer, copy, nowNanos);
    } else if (peer.mustAnswer()) {
      world.send(peer.member(), adoption);
      peer.sentParts(nowNanos);
    } else if (!peer.whole()) {
      adopt(peer, nowNanos);
    } else {
      peer.sent(peer.acknowledged(), nowNanos);
      entries(peer, nowNanos);
    }
  }

  /** The member has all up to this write, and with that perhaps its whole copy. */
  void acknowledged(CopyPeer peer, long sequence, long nowNanos) {
    boolean copied = peer.copy() != null;
    peer.acknowledged(sequence, nowNanos);
    if (copied && peer.copy() == null) {
      world.giveCopyPermit();
    }
  }

  /** The member has taken parts of a whole copy; of another one it is of no interest. */
  void chunkTaken(CopyPeer peer, CopyMessage.ChunkAck ack, long nowNanos) {
    CopyPeer.Outgoing copy = peer.copy();
    if (copy == null || ack.copy() != copy.number) {
      return;
    }
    if (ack.next() > copy.takenParts) {
      copy.takenParts = ack.next();
      peer.came(nowNanos);
    }
    parts(peer, copy, nowNanos);
  }

  /** The member misses what was sent: it gets it from where it stands, or a whole copy. */
  void behind(CopyPeer peer, CopyMessage.Behind behind, long nowNanos) {
    if (peer.copy() != null) {
      return;
    }
    long at = behind.sequence();
    boolean none = at == CopyMessage.Behind.NOTHING;
    if (!none && (at >= writes.sequence() || at + 1 >= writes.first())) {
      peer.sent(at, nowNanos);
      entries(peer, nowNanos);
    } else {
      needCopy(peer);
    }
  }

  /** Begins a whole copy of the content as it is now; false if too many are on their way. */
  boolean beginCopy(CopyPeer peer, long nowNanos) {
    if (!world.takeCopyPermit()) {
      return false;
    }
    CopyPeer.Outgoing copy =
        new CopyPeer.Outgoing(
            ++copyNumber, writes.sequence(), content.entries(), limits.partBytes());
    peer.begin(copy, nowNanos);
    parts(peer, copy, nowNanos);
    return true;
  }

  /** Gives up the whole copy to this member, if one is on its way; the member stays a peer. */
  void breakOff(CopyPeer peer) {
    if (peer.copy() != null) {
      peer.breakOff();
      world.giveCopyPermit();
    }
  }

  /** The member is no peer any more. */
  void forget(CopyPeer peer) {
    if (peer.copy() != null) {
      world.giveCopyPermit();
    }
  }

  private void entries(CopyPeer peer, long nowNanos) {
    if (peer.sent() >= writes.sequence()) {
      return;
    }
    long first = peer.sent() + 1;
    if (first < writes.first()) {
      needCopy(peer);
      return;
    }
    List<CopyEntry> entries = writes.from(first, limits.partBytes() * limits.parts());
    world.send(
        peer.member(),
        new CopyMessage.Entries(adoption.partition(), adoption.epoch(), first, entries));
    peer.sent(first + entries.size() - 1, nowNanos);
  }

  private void needCopy(CopyPeer peer) {
    if (!peer.needsCopy()) {
      peer.needCopy();
      world.wake();
    }
  }

  private void parts(CopyPeer peer, CopyPeer.Outgoing copy, long nowNanos) {
    while (copy.sentParts < copy.parts() && copy.sentParts - copy.takenParts < limits.parts()) {
      int index = copy.sentParts++;
      world.send(
          peer.member(),
          new CopyMessage.Chunk(
              adoption.partition(),
              adoption.epoch(),
              copy.number,
              index,
              index + 1 == copy.parts(),
              copy.sequence,
              copy.part(index)));
    }
    peer.sentParts(nowNanos);
  }
}
