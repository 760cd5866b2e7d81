package io.xcron;

import io.xcron.grid.GridException;
import io.xcron.grid.Registry;
import io.xcron.model.Calendars;
import io.xcron.model.DefinitionCodec;
import io.xcron.model.WorkCalendar;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The calendars of a test; there are no services. */
final class KitCalendars implements Registry, Calendars {
  private final Map<String, WorkCalendar> calendars = new TreeMap<>();
  private final Map<String, byte[]> encoded = new TreeMap<>();

  void put(String name, WorkCalendar calendar) {
    calendars.put(name, calendar);
    encoded.put(name, DefinitionCodec.encode(calendar));
  }

  @Override
  public @Nullable WorkCalendar calendar(String name) {
    return calendars.get(name);
  }

  @Override
  public Map<String, WorkCalendar> all() {
    return Map.copyOf(calendars);
  }

  @Override
  public byte @Nullable [] get(Kind kind, String name) {
    return all(kind).get(name);
  }

  @Override
  public Map<String, byte[]> all(Kind kind) {
    return switch (kind) {
      case CALENDAR -> encoded;
      case SERVICE -> Map.of();
    };
  }

  @Override
  public CompletableFuture<Void> put(Kind kind, String name, byte[] content) {
    return refused();
  }

  @Override
  public CompletableFuture<Boolean> replace(
      Kind kind, String name, byte @Nullable [] expected, byte[] content) {
    return refused();
  }

  @Override
  public CompletableFuture<Boolean> remove(Kind kind, String name) {
    return refused();
  }

  @Override
  public CompletableFuture<Void> refresh() {
    return CompletableFuture.completedFuture(null);
  }

  private static <T> CompletableFuture<T> refused() {
    return CompletableFuture.failedFuture(
        new GridException(
            GridException.Kind.NOT_ACCEPTED, "calendars of a test are given to the kit"));
  }
}
