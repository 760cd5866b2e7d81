package io.xcron.history;

import io.xcron.grid.GridException;
import io.xcron.journal.RunStore;
import io.xcron.journal.StoredRun;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes the batches that {@link CopySender}s of other members send, each once. Remembers the last
 * number of {@value #MAX_STREAMS} streams; a start of a member has one for each store.
 */
final class CopyTaker {
  private static final int MAX_STREAMS = 256;

  private final Map<Store, RunStore> stores;
  private final Map<Long, Long> lastNumbers =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
          return size() > MAX_STREAMS;
        }
      };

  /** What is copied. The place in the list is the code on the wire. */
  enum Store {
    RUNS,
    AUDIT;

    private static final List<Store> CODES = List.of(values());

    int code() {
      return CODES.indexOf(this);
    }

    static Store of(int code) {
      if (code < 0 || code >= CODES.size()) {
        throw new GridException(GridException.Kind.NOT_ACCEPTED, "a copy of something new");
      }
      return CODES.get(code);
    }
  }

  CopyTaker(RunStore runs, RunStore audit) {
    stores = Map.of(Store.RUNS, runs, Store.AUDIT, audit);
  }

  /** Takes the rest of a message; the records are in the store's queue on return. */
  synchronized void take(DataInputStream in) throws IOException {
    Store of = Store.of(in.readByte());
    long stream = in.readLong();
    long number = in.readLong();
    List<StoredRun> runs = Messages.readRuns(in);
    if (number <= lastNumbers.getOrDefault(stream, 0L)) {
      return; // it came before, and its acknowledgement was lost
    }
    lastNumbers.put(stream, number);
    RunStore store = stores.get(of);
    if (store != null) {
      runs.forEach(store::put);
    }
  }
}
