package io.xcron.http;

import io.helidon.http.HeaderNames;
import io.xcron.model.Change;
import io.xcron.model.TaskRecord;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What If-Match and If-None-Match ask for (RFC 9110). Entity tags are versions in quotes; a weak
 * tag never matches.
 *
 * @param match the tags of If-Match; null when it is absent
 * @param any whether If-Match is a star
 * @param mustBeNew whether If-None-Match is a star
 */
record Conditions(@Nullable Set<String> match, boolean any, boolean mustBeNew) {

  static Conditions of(Exchange exchange) {
    String ifMatch = exchange.header(HeaderNames.IF_MATCH);
    String ifNone = exchange.header(HeaderNames.IF_NONE_MATCH);
    if (ifNone != null && !ifNone.strip().equals("*")) {
      throw Problem.invalid("If-None-Match", "must be * here");
    }
    if (ifMatch == null) {
      return new Conditions(null, false, ifNone != null);
    }
    if (ifNone != null) {
      throw Problem.invalid("If-Match", "does not go together with If-None-Match");
    }
    Set<String> tags = new HashSet<>();
    for (String tag : ifMatch.split(",", -1)) {
      String text = tag.strip();
      // A version without its quotes is what people type, and can mean nothing else.
      tags.add(text.matches("[0-9]+") ? '"' + text + '"' : text);
    }
    return new Conditions(tags, ifMatch.strip().equals("*"), false);
  }

  boolean present() {
    return match != null;
  }

  /** The version that a write must meet, or 412 when what is there does not match. */
  int expectedVersion(@Nullable TaskRecord current) {
    if (match == null) {
      return Change.ANY_VERSION;
    }
    if (current == null) {
      throw Problem.of(Code.STALE_VERSION, "If-Match asks for a task, and there is none");
    }
    if (!any && !match.contains('"' + Integer.toString(current.version()) + '"')) {
      throw Problem.of(
          Code.STALE_VERSION, "the task has version " + current.version() + ", not the one given");
    }
    return current.version();
  }
}
