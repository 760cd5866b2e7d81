package io.xcron.target;

import io.xcron.model.InvalidTaskException;
import java.util.concurrent.ConcurrentHashMap;

/**
 * URLs that were taken apart lately: most tasks share few of them. Holds up to {@value #LIMIT},
 * then forgets all and begins anew.
 */
final class Urls {
  private static final int LIMIT = 4_096;

  private final ConcurrentHashMap<String, Url> known = new ConcurrentHashMap<>();

  /**
   * The parts of a URL.
   *
   * @throws InvalidTaskException as {@link Url#parse} does
   */
  Url of(String text) {
    Url url = known.get(text);
    if (url == null) {
      url = Url.parse(text);
      if (known.size() >= LIMIT) {
        known.clear();
      }
      known.put(text, url);
    }
    return url;
  }
}
