package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Cuts the text of a value out of the document as it stands, so that no number in it changes. */
final class RawBody {
  private RawBody() {}

  /**
   * The text of the value under the parser, which is left at the value's end.
   *
   * @param document what the parser reads, from {@code offset} on
   */
  static String cut(JsonParser json, byte[] document, int offset) throws IOException {
    int start = offset + Math.toIntExact(json.currentTokenLocation().getByteOffset());
    json.skipChildren();
    json.finishToken();
    int end = offset + Math.toIntExact(json.currentLocation().getByteOffset());
    return new String(document, start, end - start, StandardCharsets.UTF_8);
  }
}
