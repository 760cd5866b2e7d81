package io.xcron.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the owner of a partition knows of another member's copy. */
final class CopyPeer {
  static final long NONE = -1;

  private final UUID member;

  /** The ledger has it among those in sync. */
  private boolean inSync;

  /**
   * Proposed to the ledger in this epoch: from then on it is required, as the add may come late.
   */
  private boolean proposed;

  /** Its copy is whole and durable up to here; {@link #NONE} before it is in this epoch. */
  private long acknowledged = NONE;

  /** Entries up to here were sent. */
  private long sent = NONE;

  private long highestSent = NONE;

  /** Last time it came forward, or had nothing to come forward to. */
  private long progressNanos;

  private long sentNanos;
  private long askedNanos;
  private boolean dropAsked;
  private boolean needsCopy;

  /** A copy to it was broken off as it was silent: it is asked what it has, and gets no more. */
  private boolean mustAnswer;

  /** It is no member of the cluster any more. */
  private boolean gone;

  private @Nullable Outgoing copy;

  /** A whole copy on its way out: the entries as they were at one sequence. */
  static final class Outgoing {
    final long number;
    final long sequence;
    final List<CopyEntry> entries;

    /** Where each part begins in the entries; the last element is their end. */
    final List<Integer> cuts = new ArrayList<>();

    int sentParts;
    int takenParts;

    Outgoing(long number, long sequence, List<CopyEntry> entries, int partBytes) {
      this.number = number;
      this.sequence = sequence;
      this.entries = entries;
      cuts.add(0);
      int bytes = 0;
      for (int i = 0; i < entries.size(); i++) {
        bytes += entries.get(i).size();
        if (bytes >= partBytes && i + 1 < entries.size()) {
          cuts.add(i + 1);
          bytes = 0;
        }
      }
      cuts.add(entries.size());
    }

    int parts() {
      return cuts.size() - 1;
    }

    List<CopyEntry> part(int index) {
      return entries.subList(cuts.get(index), cuts.get(index + 1));
    }
  }

  CopyPeer(UUID member, boolean inSync, long nowNanos) {
    this.member = member;
    this.inSync = inSync;
    this.progressNanos = nowNanos;
    this.sentNanos = nowNanos;
    this.askedNanos = nowNanos;
  }

  UUID member() {
    return member;
  }

  boolean inSync() {
    return inSync;
  }

  void inSync(boolean now) {
    inSync = now;
    if (now) {
      proposed = false;
    }
  }

  boolean proposed() {
    return proposed;
  }

  void propose(long nowNanos) {
    proposed = true;
    askedNanos = nowNanos;
  }

  /** Whether no write is complete without it. */
  boolean required() {
    return inSync || proposed;
  }

  long acknowledged() {
    return acknowledged;
  }

  /** Whether its copy is whole in this epoch. */
  boolean whole() {
    return acknowledged != NONE;
  }

  /** Whether it has something to acknowledge when this write is the last. */
  boolean owes(long sequence) {
    return !whole() || copy != null || acknowledged < sequence;
  }

  void acknowledged(long sequence, long nowNanos) {
    mustAnswer = false;
    if (sequence > acknowledged) {
      acknowledged = sequence;
      sent = Math.max(sent, sequence);
      progressNanos = nowNanos;
    }
    if (copy != null && sequence >= copy.sequence) {
      copy = null;
    }
  }

  long sent() {
    return sent;
  }

  void sent(long sequence, long nowNanos) {
    if (highestSent <= acknowledged) {
      // It owed nothing until now; what is sent again gives no new patience.
      progressNanos = nowNanos;
    }
    highestSent = Math.max(highestSent, sequence);
    sent = sequence;
    sentNanos = nowNanos;
  }

  void came(long nowNanos) {
    progressNanos = nowNanos;
  }

  long silentNanos(long nowNanos) {
    return nowNanos - progressNanos;
  }

  long sinceSentNanos(long nowNanos) {
    return nowNanos - sentNanos;
  }

  long sinceAskedNanos(long nowNanos) {
    return nowNanos - askedNanos;
  }

  void asked(long nowNanos) {
    askedNanos = nowNanos;
  }

  /** Whether the ledger was asked to drop it; that may come true at any time of the epoch. */
  boolean dropAsked() {
    return dropAsked;
  }

  void askDrop() {
    dropAsked = true;
  }

  /** Whether only a whole copy brings it on; that is begun on the partition's thread. */
  boolean needsCopy() {
    return needsCopy && copy == null;
  }

  void needCopy() {
    needsCopy = true;
    mustAnswer = false;
  }

  /** Its copy is given up; another one begins only when it has answered. */
  void breakOff() {
    copy = null;
    needsCopy = false;
    mustAnswer = true;
  }

  boolean mustAnswer() {
    return mustAnswer;
  }

  boolean gone() {
    return gone;
  }

  void gone(boolean now) {
    gone = now;
  }

  @Nullable Outgoing copy() {
    return copy;
  }

  void begin(Outgoing begun, long nowNanos) {
    copy = begun;
    needsCopy = false;
    sent = begun.sequence;
    progressNanos = nowNanos;
    sentNanos = nowNanos;
  }

  void sentParts(long nowNanos) {
    sentNanos = nowNanos;
  }
}
