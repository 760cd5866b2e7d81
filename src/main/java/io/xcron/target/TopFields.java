package io.xcron.target;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.parsetools.JsonEvent;
import io.vertx.core.parsetools.JsonEventType;
import io.vertx.core.parsetools.JsonParser;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The texts, numbers and truth values that stand directly in a JSON object. Of a text that was cut
 * off it takes what had come: an answer with a long tail still says whether it is a success.
 */
final class TopFields {
  private final Map<String, Object> values = new HashMap<>();
  private int depth;
  private boolean object;

  private TopFields() {}

  /** Null when it is no JSON object. */
  static @Nullable TopFields read(String text, boolean cut) {
    TopFields fields = new TopFields();
    JsonParser parser = JsonParser.newParser();
    parser.handler(fields::take);
    try {
      parser.write(Buffer.buffer(text));
      if (!cut) {
        parser.end();
      }
    } catch (DecodeException e) {
      return null;
    }
    return fields.object && (cut || fields.depth == 0) ? fields : null;
  }

  private void take(JsonEvent event) {
    switch (event.type()) {
      case START_OBJECT, START_ARRAY -> {
        if (depth++ == 0) {
          object = event.type() == JsonEventType.START_OBJECT;
        }
      }
      case END_OBJECT, END_ARRAY -> depth--;
      case VALUE -> {
        Object value = event.value();
        if (depth == 1 && event.fieldName() != null && value != null) {
          values.put(event.fieldName(), value);
        }
      }
    }
  }

  /** False when it is not there; null when it is something else. */
  @Nullable Boolean truth(String name) {
    Object value = values.getOrDefault(name, false);
    return value instanceof Boolean truth ? truth : null;
  }

  /** Empty when it is not there or is no text. */
  String text(String name) {
    return values.get(name) instanceof String text ? text : "";
  }
}
