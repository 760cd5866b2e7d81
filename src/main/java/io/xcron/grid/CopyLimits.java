package io.xcron.grid;

import java.time.Duration;

/**
 * How long the owner of a partition waits for what, and how much it keeps.
 *
 * @param copies the fewest in-sync copies, this member's included, that make a write complete: 2,
 *     or 1 for a member that is alone for good
 * @param patience a member that does not come forward for so long is dropped, if enough stay, or is
 *     no candidate any more; too small drops members in a pause of the collector, too large holds
 *     writes up
 * @param resend what was not acknowledged after this is sent again
 * @param answer a write that is not complete after this is answered as unknown
 * @param linger a planned move waits so long for a moment in which nothing is under way; meanwhile
 *     the partition acts as ever
 * @param drain then it starts nothing new, and waits so long for what is under way: the next owner
 *     repeats what is left
 * @param partBytes size of a part of a whole copy
 * @param parts parts on their way at once
 * @param keptBytes entries that are kept to be sent again; more refuses writes and gives up
 *     candidates
 */
record CopyLimits(
    int copies,
    Duration patience,
    Duration resend,
    Duration answer,
    Duration linger,
    Duration drain,
    int partBytes,
    int parts,
    int keptBytes) {
  static final CopyLimits CLUSTER =
      new CopyLimits(
          2,
          Duration.ofSeconds(1),
          Duration.ofMillis(250),
          Duration.ofMillis(4_500),
          Duration.ofSeconds(20),
          Duration.ofMillis(1_000),
          256 << 10,
          4,
          8 << 20);

  CopyLimits {
    if (copies < 1 || partBytes < 1 || parts < 1 || keptBytes < 1) {
      throw new IllegalArgumentException("limits of copies must be positive");
    }
    if (resend.compareTo(patience) >= 0 || patience.compareTo(answer) >= 0) {
      throw new IllegalArgumentException("resend < patience < answer is needed");
    }
  }
}
