package io.xcron.journal;

/**
 * The bytes on disk, version 1. All numbers are big-endian.
 *
 * <pre>
 * log-NNNNNN.mv          MVStore. Map "meta": see StoreMeta. Map "batches": batch number to batch.
 *                        Batch numbers start at 1 and have no gaps, across segments. A batch counts
 *                        only in the last segment whose "first" is not above its number: a segment
 *                        that was started after a failed write repeats what may have been lost.
 * checkpoint-NNNNNN.mv   MVStore. "meta"; "partitions": partition to its state; "blocks":
 *                        partition &lt;&lt; 32 | side &lt;&lt; 31 | index to a block of PUT frames
 *                        (side 0: the whole content, side 1: an unfinished copy). It stands for all
 *                        segments up to "folded". Written as *.tmp, synced, renamed.
 * mark                   what was acknowledged last: see Mark
 * reserve                zeros that keep room for completions
 * lock                   locked while a process has the directory open
 * *.cut                  bytes set aside by a repair at open, for a human; never read again
 *
 * batch or block = crc (int: CRC-32C of the frames, xor a mix of its number), frame*
 * frame          = length of the rest (int), type (byte), body
 *   1 PUT          partition (int), map (byte), epoch, sequence (long), key length (int), key, value
 *   2 REMOVE       partition (int), map (byte), epoch, sequence (long), key length (int), key
 *   3 COPY_BEGIN   partition (int), epoch (long)
 *   4 COPY_END     partition (int), epoch, sequence (long)
 *   5 DROP         partition (int)
 *   6 EPOCH        partition (int), epoch (long)
 *   7 RESERVE      slice limit (long), until epoch-millis (long), clean (byte), size (byte), version
 *                  (long), seats (byte), and for each its journal (two longs) and since (long). The
 *                  first versions end after clean: nothing is known of the cluster then
 *   8 START        the process started: unfinished copies before this are void
 * </pre>
 *
 * A reader refuses types it does not know below 64 and skips the others, so that a later version
 * may add hints without a new format number.
 */
final class Format {
  static final int VERSION = 1;

  /** Frames are packed to batches of about this size: what an MVStore page holds and rewrites. */
  static final int BATCH_BYTES = 16 << 10;

  /** Blocks of a checkpoint. */
  static final int BLOCK_BYTES = 64 << 10;

  static final int PAGE_SPLIT_BYTES = 4096;

  static final String MARK = "mark";
  static final String RESERVE = "reserve";
  static final String LOCK = "lock";
  static final String TEMPORARY = ".tmp";
  static final String CUT = ".cut";

  private static final String SEGMENT_PREFIX = "log-";
  private static final String CHECKPOINT_PREFIX = "checkpoint-";
  private static final String SUFFIX = ".mv";

  private Format() {}

  static String segmentFile(long number) {
    return SEGMENT_PREFIX + padded(number) + SUFFIX;
  }

  static String checkpointFile(long number) {
    return CHECKPOINT_PREFIX + padded(number) + SUFFIX;
  }

  /** The number in a segment's file name, or -1 if it is not one. */
  static long segmentNumber(String file) {
    return number(file, SEGMENT_PREFIX);
  }

  /** The number in a checkpoint's file name, or -1 if it is not one. */
  static long checkpointNumber(String file) {
    return number(file, CHECKPOINT_PREFIX);
  }

  private static String padded(long number) {
    String digits = Long.toString(number);
    return "0".repeat(Math.max(0, 6 - digits.length())) + digits;
  }

  private static long number(String file, String prefix) {
    if (!file.startsWith(prefix) || !file.endsWith(SUFFIX)) {
      return -1;
    }
    String digits = file.substring(prefix.length(), file.length() - SUFFIX.length());
    if (digits.length() < 6 || digits.length() > 18) {
      return -1;
    }
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
        return -1;
      }
    }
    return Long.parseLong(digits);
  }
}
