package io.xcron.http;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What operators may ask of a member and its cluster, beside questions. Any thread may call. */
public interface ClusterControl {
  /** Where there is nothing to operate. */
  ClusterControl NONE =
      new ClusterControl() {
        @Override
        public Backup backup(@Nullable String name) {
          throw new Refused(Refused.Why.CONFLICT, "there is no journal here");
        }

        @Override
        public void resetVoters(boolean oldMajorityIsDead, boolean missingJournalsAreLost) {
          throw new Refused(Refused.Why.CONFLICT, "there are no voters here");
        }

        @Override
        public CompletableFuture<@Nullable String> resize(int members) {
          throw new Refused(Refused.Why.CONFLICT, "there is no cluster here");
        }
      };

  /**
   * Begins a copy of the live journal, as a directory that a member can be started on. Writes go on
   * meanwhile. One at a time.
   *
   * @param name of the directory, a plain word; null for one made of the time
   * @throws Refused if it cannot be begun
   */
  Backup backup(@Nullable String name);

  /**
   * Starts the voters anew after their majority was lost for ever. Blocks up to some seconds.
   *
   * @param oldMajorityIsDead the operator's word that no missing voter runs or will come back
   * @param missingJournalsAreLost the operator's word that the journals of those that are missing
   *     are gone too: the present ones decide, and what only the others held is lost
   * @throws Refused if that is not safe, or not needed
   */
  void resetVoters(boolean oldMajorityIsDead, boolean missingJournalsAreLost);

  /**
   * Changes how many members there shall be, while they run. One change at a time.
   *
   * @param members 3 and more
   * @return ends with null when that is agreed and durable, or with the reason why it cannot be had
   *     now. Cancelled, it may still be done
   * @throws Refused if it cannot be begun
   */
  CompletableFuture<@Nullable String> resize(int members);

  /**
   * A copy that was begun.
   *
   * @param path where it will be; there is nothing under that path before it is complete
   * @param copy ends when it is complete and durable; if it fails, nothing is left of it
   */
  record Backup(String name, Path path, CompletableFuture<Copy> copy) {}

  /**
   * A copy that is complete.
   *
   * @param bytes of its files
   * @param sequence the last group of writes of the journal that is in it
   * @param slice the slice of the moment it was begun; negative if this member has seen none
   * @param tookMillis how long it was made
   */
  record Copy(long bytes, long sequence, long slice, long tookMillis) {}

  /** Why something is not done. */
  final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whether another try may help by itself. */
    public enum Why {
      /** What is there stands against it. */
      CONFLICT,
      /** It cannot be done at the moment. */
      NOT_NOW
    }

    private final Why why;

    public Refused(Why why, String reason) {
      super(reason, null, false, false);
      this.why = why;
    }

    public Why why() {
      return why;
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }
}
