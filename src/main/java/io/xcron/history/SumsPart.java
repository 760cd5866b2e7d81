package io.xcron.history;

import io.xcron.history.RunFigures.Window;
import io.xcron.history.RunStatistics.OfOrigin;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one member has counted in a window, by origin.
 *
 * @param self the origin of its own records
 * @param address to be named while not all is counted
 * @param whole whether its own records are all counted
 */
record SumsPart(long self, String address, boolean whole, List<OfOrigin> sums) {

  /**
   * Adds up what several members have counted, each record once: those of an origin as it has
   * counted them itself; while it is not there, or still counts, as all copies of its records were
   * counted. These add up because a record has one copy at most, see {@link CopySender}.
   */
  static RunFigures figures(
      Window window, long nowMillis, List<SumsPart> parts, List<String> silent) {
    List<String> missing = new ArrayList<>(silent);
    Map<Long, RunSums> counted = new HashMap<>();
    Set<Long> here = new HashSet<>();
    for (SumsPart part : parts) {
      if (part.whole) {
        here.add(part.self);
      } else {
        missing.add(part.address);
      }
    }
    Map<Long, RunSums> ofPart = new HashMap<>();
    for (SumsPart part : parts) {
      for (OfOrigin one : part.sums) {
        boolean own = one.origin() == part.self;
        if (own ? part.whole : !here.contains(one.origin())) {
          counted.computeIfAbsent(one.origin(), origin -> new RunSums()).add(one.sums());
        } else if (own) {
          ofPart.put(one.origin(), one.sums());
        }
      }
    }
    // Nobody has copies: what is counted so far is better than nothing.
    ofPart.forEach(counted::putIfAbsent);
    RunSums all = new RunSums();
    counted.values().forEach(all::add);
    return all.figures(
        RunStatistics.fromMillis(window, nowMillis), nowMillis, List.copyOf(missing));
  }

  void write(DataOutputStream out) throws IOException {
    out.writeLong(self);
    out.writeUTF(address);
    out.writeBoolean(whole);
    out.writeInt(sums.size());
    for (OfOrigin one : sums) {
      out.writeLong(one.origin());
      one.sums().write(out);
    }
  }

  static SumsPart read(DataInputStream in) throws IOException {
    long self = in.readLong();
    String address = in.readUTF();
    boolean whole = in.readBoolean();
    List<OfOrigin> sums = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      sums.add(new OfOrigin(in.readLong(), RunSums.read(in)));
    }
    return new SumsPart(self, address, whole, sums);
  }
}
