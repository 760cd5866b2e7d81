package io.xcron.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;

/** The directory as the journal sees it: the seam through which tests lose power and space. */
interface Disk {
  /** For messages. */
  String location();

  /** The name under which MVStore opens a file. */
  String storeName(String file);

  /** Opens for positional reads and, if asked, writes (then created if missing). */
  FileChannel open(String file, boolean write) throws IOException;

  List<String> list() throws IOException;

  long size(String file) throws IOException;

  /** Does nothing if there is no such file. */
  void delete(String file) throws IOException;

  /** Atomic; replaces the target. */
  void rename(String from, String to) throws IOException;

  /** Makes creations, renames and deletions durable. */
  void syncDirectory() throws IOException;

  long usableBytes() throws IOException;

  /**
   * Takes the directory for this process.
   *
   * @throws JournalException.Locked if it is taken
   */
  AutoCloseable lock() throws IOException;
}
