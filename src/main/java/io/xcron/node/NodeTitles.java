package io.xcron.node;

import io.xcron.model.Title;
import io.xcron.model.Titles;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The titles of a keeper that is made after the grid, because it needs the name of the member that
 * the grid is started in. Before that nothing is known.
 */
final class NodeTitles implements Titles {
  private volatile @Nullable Titles slices;

  void from(Titles read) {
    slices = read;
  }

  private Titles read() {
    Titles known = slices;
    if (known == null) {
      throw new IllegalStateException("there are no slices yet");
    }
    return known;
  }

  @Override
  public UUID member() {
    return read().member();
  }

  @Override
  public @Nullable Title title(int partition) {
    Titles known = slices;
    return known == null ? null : known.title(partition);
  }

  @Override
  public boolean outdated() {
    Titles known = slices;
    return known == null || known.outdated();
  }

  @Override
  public void release(int partition, long epoch) {
    read().release(partition, epoch);
  }

  @Override
  public void add(int partition, long epoch, UUID member) {
    read().add(partition, epoch, member);
  }

  @Override
  public void drop(int partition, long epoch, UUID member) {
    read().drop(partition, epoch, member);
  }

  @Override
  public void onRead(Consumer<Titles> listener) {
    read().onRead(listener);
  }
}
