/**
 * What one member keeps on disk: bytes of partitions at versions, nothing of tasks.
 *
 * <p>An append ({@link io.xcron.journal.AppendLog}) is encoded into the {@code CommitQueue}. One
 * thread, the {@code Committer}, takes what has gathered as one group, packs it into numbered
 * batches, writes them to the newest {@code Segment} with one commit and one fsync, writes the
 * {@code Mark} (what is acknowledged now) and calls back. When a segment is full it is closed and
 * the next one begun. The {@code Folder} turns closed segments and the old {@code Checkpoint} into
 * a new checkpoint and deletes them whole; it works partition by partition under a byte budget, so
 * that it does not disturb commits, and no file is ever compacted in place.
 *
 * <p>Opening ({@code Opening}) and folding see the files through the same {@code LogImage}: per
 * partition the base in the checkpoint and the frames that came after it, for the whole content and
 * for an unfinished copy beside it.
 *
 * <p>A segment is an MVStore file because that is a crash-safe container: after a kill it opens
 * with a whole commit. It does not check the bytes inside a page, and it opens a shortened file
 * silently at an older commit; so batches carry their own checksum and number, and the mark tells
 * which batches must be there.
 *
 * <p>After a failed write or fsync nothing of that file is trusted past its last good fsync: it is
 * cut back, and every batch not known to be durable is written again to a new segment, first at
 * once into the room that the {@code Reserve} file gives back, then again and again until the disk
 * lets it.
 */
@NullMarked
package io.xcron.journal;

import org.jspecify.annotations.NullMarked;
