package io.xcron.journal;

/** A sealed batch under its number. */
@SuppressWarnings("ArrayRecordComponent") // never compared; the bytes are handed on, not copied
record Batch(long number, byte[] bytes) {}
