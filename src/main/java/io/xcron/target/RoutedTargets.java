package io.xcron.target;

import io.xcron.model.Target;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Hands each attempt to what runs targets of its kind. */
public final class RoutedTargets implements Targets {
  private final Targets http;
  private final @Nullable Targets service;
  private final @Nullable Targets shell;
  private final @Nullable Targets handler;

  /** Null for a kind that this member does not run: its attempts are not accepted. */
  public RoutedTargets(
      Targets http, @Nullable Targets service, @Nullable Targets shell, @Nullable Targets handler) {
    this.http = http;
    this.service = service;
    this.shell = shell;
    this.handler = handler;
  }

  @Override
  public boolean start(Attempt attempt) {
    Targets room = roomOf(attempt);
    return room != null && room.start(attempt);
  }

  @Override
  public boolean rejoin(Attempt attempt, String member) {
    Targets room = roomOf(attempt);
    return room != null && room.rejoin(attempt, member);
  }

  @Override
  public void kill(Attempt attempt) {
    Targets room = roomOf(attempt);
    if (room != null) {
      room.kill(attempt);
    }
  }

  private @Nullable Targets roomOf(Attempt attempt) {
    return switch (attempt.target()) {
      case Target.Http target -> http;
      case Target.Service target -> service;
      case Target.Shell target -> shell;
      case Target.Handler target -> handler;
    };
  }

  @Override
  public void close() {
    for (Targets room : Arrays.asList(service, shell, handler, http)) {
      if (room != null) {
        room.close();
      }
    }
  }
}
