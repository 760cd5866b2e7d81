package io.xcron.history;

/** Ids as 64 bits, by which their records are found; part of the format of the run store. */
final class TaskHash {
  private TaskHash() {}

  /** FNV-1a over the characters, mixed as SplitMix64 does (Steele, Lea and Flood, 2014). */
  static long of(String id) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < id.length(); i++) {
      hash = (hash ^ id.charAt(i)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    return hash ^ (hash >>> 31);
  }
}
