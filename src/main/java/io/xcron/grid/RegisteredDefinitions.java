package io.xcron.grid;

import io.xcron.model.Calendars;
import io.xcron.model.CallbackService;
import io.xcron.model.CallbackServices;
import io.xcron.model.DefinitionCodec;
import io.xcron.model.WorkCalendar;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What the registry holds, read once and kept until it changes. */
public final class RegisteredDefinitions implements Calendars, CallbackServices {
  private final Registry registry;
  private final Parsed<CallbackService> services;
  private final Parsed<WorkCalendar> calendars;
  private volatile List<CallbackService> allServices = List.of();

  public RegisteredDefinitions(Registry registry) {
    this.registry = registry;
    this.services = new Parsed<>(registry, Registry.Kind.SERVICE, DefinitionCodec::service);
    this.calendars =
        new Parsed<>(
            registry, Registry.Kind.CALENDAR, (name, bytes) -> DefinitionCodec.calendar(bytes));
  }

  @Override
  public @Nullable WorkCalendar calendar(String name) {
    return calendars.get(name);
  }

  @Override
  public Map<String, WorkCalendar> all() {
    Map<String, WorkCalendar> now = new HashMap<>();
    registry
        .all(Registry.Kind.CALENDAR)
        .forEach((name, bytes) -> now.put(name, calendars.of(name, bytes)));
    return now;
  }

  @Override
  public @Nullable CallbackService service(String name) {
    return services.get(name);
  }

  @Override
  public List<CallbackService> services() {
    List<CallbackService> now =
        registry.all(Registry.Kind.SERVICE).entrySet().stream()
            .map(entry -> services.of(entry.getKey(), entry.getValue()))
            .toList();
    List<CallbackService> before = allServices;
    if (!now.equals(before)) {
      allServices = now;
      return now;
    }
    return before;
  }

  /**
   * One kind. The registry answers the same array while a definition stays the same, so that this
   * array tells whether what was read is still good. Holds as many as there may be of a kind, and
   * begins anew beyond that.
   */
  private static final class Parsed<T> {
    private final Registry registry;
    private final Registry.Kind kind;
    private final BiFunction<String, byte[], T> reader;
    private final Map<String, Entry<T>> entries = new ConcurrentHashMap<>();

    private static final class Entry<T> {
      final byte[] bytes;
      final T value;

      Entry(byte[] bytes, T value) {
        this.bytes = bytes;
        this.value = value;
      }
    }

    Parsed(Registry registry, Registry.Kind kind, BiFunction<String, byte[], T> reader) {
      this.registry = registry;
      this.kind = kind;
      this.reader = reader;
    }

    @Nullable T get(String name) {
      byte[] bytes = registry.get(kind, name);
      return bytes == null ? null : of(name, bytes);
    }

    @SuppressWarnings("ReferenceEquality") // The registry hands out one array until it changes.
    T of(String name, byte[] bytes) {
      Entry<T> known = entries.get(name);
      if (known != null && Arrays.equals(known.bytes, bytes)) {
        return known.value;
      }
      T value = reader.apply(name, bytes);
      if (entries.size() >= 2 * Registry.MAX_OF_A_KIND) {
        entries.clear();
      }
      entries.put(name, new Entry<>(bytes, value));
      return value;
    }
  }
}
