package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The answers of an import, in the order of its lines, and their count. */
final class ImportAnswers {
  private static final int FLUSH_AT = 32 << 10;

  private final Spool spool;
  private final byte[] buffer = new byte[FLUSH_AT + 4_096];
  private int length;
  private long imported;
  private long failed;

  ImportAnswers(Spool spool) {
    this.spool = spool;
  }

  void stored(long line, String id) throws IOException {
    imported++;
    // An id has no character that JSON would escape.
    append("{\"line\":".concat(Long.toString(line)).getBytes(StandardCharsets.ISO_8859_1));
    append(",\"id\":\"".getBytes(StandardCharsets.ISO_8859_1));
    append(id.getBytes(StandardCharsets.UTF_8));
    append("\"}\n".getBytes(StandardCharsets.ISO_8859_1));
  }

  void failed(long line, Problem problem) throws IOException {
    failed++;
    append(
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeNumberField("line", line);
              json.writeObjectFieldStart("error");
              problem.writeMembers(json, false);
              json.writeEndObject();
              json.writeEndObject();
              json.writeRaw('\n');
            }));
  }

  long lines() {
    return imported + failed;
  }

  void writeCounts(JsonGenerator json) throws IOException {
    json.writeNumberField("imported", imported);
    json.writeNumberField("failed", failed);
  }

  void end() throws IOException {
    append(
        ("{\"imported\":" + imported + ",\"failed\":" + failed + "}\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    spool.write(buffer, length);
    length = 0;
  }

  private void append(byte[] bytes) throws IOException {
    if (length + bytes.length > FLUSH_AT) {
      spool.write(buffer, length);
      length = 0;
      if (bytes.length > buffer.length) {
        spool.write(bytes, bytes.length);
        return;
      }
    }
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
  }
}
