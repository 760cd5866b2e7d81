package io.xcron.sink;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * Who this member's run store is in the database, and how far it came, in a file beside the
 * records: so a store that is emptied is another one. Not synced: an older place only sends more
 * again.
 *
 * @param done see {@link io.xcron.journal.RunTail#done}
 */
record SinkPlace(UUID source, long done) {
  private static final String NAME = "sink";

  /** What the directory says; a new one when it says nothing. */
  static SinkPlace read(Path directory) throws IOException {
    try {
      String[] parts = Files.readString(directory.resolve(NAME)).strip().split(" ", -1);
      if (parts.length == 2) {
        return new SinkPlace(UUID.fromString(parts[0]), Long.parseLong(parts[1]));
      }
    } catch (NoSuchFileException e) {
      return begun(directory);
    } catch (IllegalArgumentException e) {
      return begun(directory); // cut short by a loss of power: all is sent again
    }
    return begun(directory);
  }

  private static SinkPlace begun(Path directory) throws IOException {
    SinkPlace place = new SinkPlace(UUID.randomUUID(), 0);
    place.write(directory);
    return place;
  }

  void write(Path directory) throws IOException {
    Path temporary = directory.resolve(NAME + ".tmp");
    Files.writeString(temporary, source + " " + done + "\n");
    Files.move(
        temporary,
        directory.resolve(NAME),
        StandardCopyOption.REPLACE_EXISTING,
        StandardCopyOption.ATOMIC_MOVE);
  }
}
