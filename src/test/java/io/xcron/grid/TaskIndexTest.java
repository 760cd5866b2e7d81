package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The index finds what a look at each task would find. */
class TaskIndexTest {
  /** Cases that fold in their own ways among them: final sigma, the Kelvin sign, a dotted I. */
  private static final List<String> WORDS =
      List.of(
          "order",
          "ordinary",
          "Order-66",
          "a",
          "aa",
          "invoice",
          "ΟΔΟΣ",
          "οδος",
          "5 K",
          "İx",
          "汉字",
          "x",
          "night_12",
          "Order 7",
          " order");

  private static final List<String> ENDS = List.of("", "r", "-6", "σ", "汉", "ice", "zz");

  private final SlotTable slots = new SlotTable();
  private final TaskIndex index = new TaskIndex(slots);
  private final TreeMap<String, Task> model = new TreeMap<>();

  private void add(Task task) {
    Change.Applied created =
        new TaskChange.Create(task, 1_000, 1_000)
            .apply(null, null, new Change.Stamp(1, model.size() + 1, 1_000, model.size() + 1));
    TaskRecord record = assertInstanceOf(Change.Applied.Stored.class, created).record();
    int slot = slots.add(Payload.key(task.id()), Payload.value(record));
    index.added(slot, record, task.id());
    model.put(task.id(), task);
  }

  private List<String> search(TaskFilter filter) {
    List<String> found = new ArrayList<>();
    index.search(filter, null, 10_000, (record, slot) -> found.add(Payload.id(slots.key(slot))));
    return found.stream().sorted().toList();
  }

  private List<String> lookAtEach(TaskFilter filter) {
    return model.values().stream().filter(task -> fits(filter, task)).map(Task::id).toList();
  }

  private static boolean fits(TaskFilter filter, Task task) {
    String namespace = filter.namespace();
    String prefix = filter.prefix();
    String name = task.name();
    return (namespace == null || namespace.equals(task.namespace()))
        && task.labels().entrySet().containsAll(filter.labels().entrySet())
        && (prefix == null
            || hasWord(task.id(), prefix)
            || (name != null && hasWord(name, prefix)));
  }

  private static boolean hasWord(String text, String prefix) {
    String folded = text.toLowerCase(Locale.ROOT);
    String wanted = prefix.toLowerCase(Locale.ROOT);
    for (int at = 0; at + wanted.length() <= folded.length(); at++) {
      if (folded.startsWith(wanted, at)
          && (at == 0 || !Character.isLetterOrDigit(folded.charAt(at - 1)))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aSearchFindsWhatALookAtEachTaskFinds() {
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 800; i++) {
      Map<String, String> labels = new HashMap<>();
      for (int left = random.nextInt(4); left > 0; left--) {
        labels.put("k" + random.nextInt(3), word(random));
      }
      String id = word(random).replaceAll("[^A-Za-z0-9_-]", "~") + i;
      add(Tasks.named(id, phrase(random), labels, 1_000));
    }
    int hits = 0;
    for (int i = 0; i < 2_000; i++) {
      Map<String, String> labels =
          random.nextInt(3) == 0 ? Map.of("k" + random.nextInt(3), word(random)) : Map.of();
      String prefix = random.nextInt(4) == 0 ? null : beginning(random);
      String namespace = random.nextInt(4) > 0 ? null : random.nextBoolean() ? "default" : "nobody";
      TaskFilter filter = new TaskFilter(namespace, labels, null, prefix);
      List<String> found = search(filter);
      assertEquals(lookAtEach(filter), found, () -> filter + ", seed " + seed);
      hits += found.isEmpty() ? 0 : 1;
    }
    assertTrue(hits > 300, "hardly anything was found, seed " + seed);
  }

  @Test
  void tasksAreListedInTheOrderOfTheirIdsHoweverTheyCameAndWent() {
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    Random random = new Random(seed);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 3 * TaskIndex.MOST_UNSORTED; i++) {
      String id = (i % 3 == 0 ? "m" : "") + Integer.toHexString(random.nextInt()) + "-" + i;
      add(Tasks.named(id, "x", Map.of(), 1_000));
      ids.add(id);
      if (random.nextInt(20) == 0) {
        String gone = ids.remove(random.nextInt(ids.size()));
        int slot = slots.find(Payload.key(gone));
        index.removed(slot);
        slots.remove(slot);
        model.remove(gone);
      }
      if (i % 1_000 == 999) {
        assertEquals(List.copyOf(model.keySet()), listed(), "seed " + seed);
      }
    }
    assertEquals(List.copyOf(model.keySet()), listed(), "seed " + seed);
  }

  /** All of them, page by page. */
  private List<String> listed() {
    List<String> found = new ArrayList<>();
    int before;
    do {
      before = found.size();
      String after = found.isEmpty() ? null : found.getLast();
      index.search(
          TaskFilter.ALL, after, 777, (record, slot) -> found.add(Payload.id(slots.key(slot))));
    } while (found.size() > before);
    return found;
  }

  @Test
  void manyTasksThatCameAfterTheLastLookHaveTheirPlacesBeforeTheNext() {
    for (int i = 2 * TaskIndex.MOST_UNSORTED; i > 0; i--) {
      add(Tasks.named("t" + 7_919L * i % 100_003, "x", Map.of(), 1_000));
    }

    assertEquals(List.copyOf(model.keySet()), listed());
  }

  private static String word(Random random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private static String phrase(Random random) {
    return word(random) + (random.nextBoolean() ? " " : "-") + word(random) + random.nextInt(20);
  }

  private static String beginning(Random random) {
    String text = random.nextBoolean() ? phrase(random) : word(random);
    String begun = text.substring(0, 1 + random.nextInt(text.length()));
    return begun + (random.nextInt(4) == 0 ? ENDS.get(random.nextInt(ENDS.size())) : "");
  }
}
