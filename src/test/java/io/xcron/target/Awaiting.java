package io.xcron.target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Awaits what other processes do, which tell nobody. */
final class Awaiting {
  private Awaiting() {}

  static void until(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Whether the process runs: one that has ended may lie about unburied if nobody asks for it. */
  static boolean runs(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      // The process went away while its state was read.
      return false;
    }
  }

  static long pid(Path file) {
    until("the number in " + file, () -> Files.exists(file) && size(file) > 0);
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
