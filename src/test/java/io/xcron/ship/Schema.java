package io.xcron.ship;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The part of JSON Schema that our own small schemas use: {@code type}, {@code required}, {@code
 * properties}, {@code additionalProperties}, {@code items}, {@code enum}, {@code const}, {@code
 * pattern}, {@code minItems} and {@code $ref} into {@code $defs}. Any other word is refused, so
 * that a schema cannot promise a check that is not made.
 */
final class Schema {
  static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode root;
  private final List<String> wrong = new ArrayList<>();

  private Schema(JsonNode root) {
    this.root = root;
  }

  /** What a document has against the schema of this name; nothing if it fits. */
  static List<String> complaints(String name, JsonNode document) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(Schema.class.getResourceAsStream("/schemas/" + name))) {
      Schema schema = new Schema(JSON.readTree(in));
      schema.check(schema.root, document, "");
      return schema.wrong;
    }
  }

  private void check(JsonNode schema, JsonNode value, String at) {
    for (Map.Entry<String, JsonNode> rule : schema.properties()) {
      JsonNode wants = rule.getValue();
      switch (rule.getKey()) {
        case "$defs", "description", "additionalProperties" -> {}
        case "$ref" -> check(root.at(wants.asText().substring(1)), value, at);
        case "type" -> require(typed(wants, value), at, "must be " + wants);
        case "const" -> require(wants.equals(value), at, "must be " + wants);
        case "enum" -> require(among(wants, value), at, "must be one of " + wants);
        case "pattern" ->
            require(
                Pattern.compile(wants.asText()).matcher(value.asText()).find(),
                at,
                "must look like " + wants + ", not " + value);
        case "minItems" -> require(value.size() >= wants.asInt(), at, "has too few items");
        case "required" ->
            wants.forEach(
                field -> require(value.has(field.asText()), at, "lacks " + field.asText()));
        case "items" -> {
          for (int i = 0; i < value.size(); i++) {
            check(wants, value.path(i), at + "/" + i);
          }
        }
        case "properties" -> properties(schema, value, at);
        default -> throw new IllegalArgumentException("this check is not made: " + rule.getKey());
      }
    }
    if (schema.has("additionalProperties") && !schema.has("properties")) {
      properties(schema, value, at);
    }
  }

  private void properties(JsonNode schema, JsonNode value, String at) {
    JsonNode others = schema.path("additionalProperties");
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      JsonNode known = schema.path("properties").path(field.getKey());
      String path = at + "/" + field.getKey();
      if (known.isObject()) {
        check(known, field.getValue(), path);
      } else if (others.isObject()) {
        check(others, field.getValue(), path);
      } else {
        require(!others.isBoolean() || others.asBoolean(), path, "is not known");
      }
    }
  }

  private static boolean typed(JsonNode type, JsonNode value) {
    return switch (type.asText()) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      default -> throw new IllegalArgumentException("no such type: " + type);
    };
  }

  private static boolean among(JsonNode choices, JsonNode value) {
    for (JsonNode choice : choices) {
      if (choice.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private void require(boolean holds, String at, String what) {
    if (!holds) {
      wrong.add((at.isEmpty() ? "/" : at) + " " + what);
    }
  }
}
