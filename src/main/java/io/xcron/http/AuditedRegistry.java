package io.xcron.http;

import io.xcron.grid.Registry;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Services and calendars, with a line in the audit log for each change. */
final class AuditedRegistry implements Registry {
  private final Registry registry;
  private final Audit audit;

  AuditedRegistry(Registry registry, Audit audit) {
    this.registry = registry;
    this.audit = audit;
  }

  @Override
  public CompletableFuture<Void> put(Kind kind, String name, byte[] content) {
    Audit.Request by = Audit.Request.of(Current.exchange());
    String action = registry.get(kind, name) == null ? "create" : "replace";
    return registry
        .put(kind, name, content)
        .whenComplete((done, failure) -> audit.definition(by, action, kind, name, failure));
  }

  @Override
  public CompletableFuture<Boolean> replace(
      Kind kind, String name, byte @Nullable [] expected, byte[] content) {
    Audit.Request by = Audit.Request.of(Current.exchange());
    String action = expected == null ? "create" : "replace";
    return watched(registry.replace(kind, name, expected, content), by, action, kind, name);
  }

  @Override
  public CompletableFuture<Boolean> remove(Kind kind, String name) {
    Audit.Request by = Audit.Request.of(Current.exchange());
    return watched(registry.remove(kind, name), by, "delete", kind, name);
  }

  private CompletableFuture<Boolean> watched(
      CompletableFuture<Boolean> change, Audit.Request by, String action, Kind kind, String name) {
    return change.whenComplete(
        (done, failure) -> {
          if (failure != null || done) {
            audit.definition(by, action, kind, name, failure);
          }
        });
  }

  @Override
  public byte @Nullable [] get(Kind kind, String name) {
    return registry.get(kind, name);
  }

  @Override
  public Map<String, byte[]> all(Kind kind) {
    return registry.all(kind);
  }

  @Override
  public CompletableFuture<Void> refresh() {
    return registry.refresh();
  }
}
