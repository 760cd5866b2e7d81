package io.xcron.grid;

import io.xcron.model.InvalidTaskException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The registry as a map of its own in one partition, always the same, so that one member answers
 * for all of it and one operation reads it. It is small: definitions are few, and no fire asks
 * anything but the copy on its own member.
 */
final class GridRegistry implements Registry {
  /** Where all definitions lie. */
  static final int PARTITION = 0;

  private final DefinitionCopy copy;
  private final GridInvoker invoker;

  GridRegistry(DefinitionCopy copy, GridInvoker invoker) {
    this.copy = copy;
    this.invoker = invoker;
  }

  @Override
  public CompletableFuture<Void> put(Kind kind, String name, byte[] content) {
    return write(kind, name, content, false, null).thenApply(written -> null);
  }

  @Override
  public CompletableFuture<Boolean> replace(
      Kind kind, String name, byte @Nullable [] expected, byte[] content) {
    return write(kind, name, content, true, expected)
        .thenApply(answer -> answer != DefinitionWriteOperation.DIFFERS);
  }

  @Override
  public CompletableFuture<Boolean> remove(Kind kind, String name) {
    return write(kind, name, null, false, null)
        .thenApply(answer -> answer == DefinitionWriteOperation.WAS_THERE);
  }

  private CompletableFuture<Integer> write(
      Kind kind,
      String name,
      byte @Nullable [] content,
      boolean conditional,
      byte @Nullable [] expected) {
    if (content != null && content.length > MAX_BYTES) {
      return CompletableFuture.failedFuture(
          new InvalidTaskException(
              kind.plural() + "." + name,
              "takes " + content.length + " bytes; at most " + MAX_BYTES + " are kept"));
    }
    DefinitionWriteOperation operation =
        new DefinitionWriteOperation(kind, name, content, conditional, expected);
    return invoker
        .<Integer>invoke(operation, PARTITION)
        .thenCompose(
            answer -> {
              if (answer == DefinitionWriteOperation.FULL) {
                return CompletableFuture.failedFuture(
                    new InvalidTaskException(
                        kind.plural(), "are " + MAX_OF_A_KIND + " already, the most there may be"));
              }
              // The write is done, whether or not this member learns of it at once.
              return refresh().handle((refreshed, failure) -> answer);
            });
  }

  @Override
  public byte @Nullable [] get(Kind kind, String name) {
    return copy.get(kind, name);
  }

  @Override
  public Map<String, byte[]> all(Kind kind) {
    return copy.all(kind);
  }

  @Override
  public CompletableFuture<Void> refresh() {
    DefinitionCopy.Question question = copy.ask();
    return invoker
        .<byte[]>invoke(new DefinitionsReadOperation(question.known()), PARTITION)
        .thenAccept(image -> copy.take(image, question));
  }
}
