package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A body of easytask's API, read as Go reads it: unknown fields are passed over, a null or a field
 * that is missing is the zero value, a value of another type is an error.
 */
final class EasytaskRequest {
  private final JsonNode body;

  private EasytaskRequest(JsonNode body) {
    this.body = body;
  }

  static EasytaskRequest read(Exchange exchange) {
    JsonNode body = Json.tree(exchange.body());
    if (!body.isObject()) {
      throw Problem.of(Code.MALFORMED, "the body must be a JSON object");
    }
    return new EasytaskRequest(body);
  }

  String text(String field) {
    JsonNode value = body.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    if (!value.isTextual() || !Texts.isWellFormed(value.textValue())) {
      throw Problem.invalid(field, "must be a string");
    }
    return value.textValue();
  }

  /** A text that may not be empty. */
  String requiredText(String field) {
    String text = text(field);
    if (text.isEmpty()) {
      throw missing(field);
    }
    return text;
  }

  /** A whole number that is not negative. */
  long number(String field) {
    JsonNode value = body.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return 0;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
      throw Problem.invalid(field, "must be a whole number that is not negative");
    }
    return value.longValue();
  }

  /** A number that may not be 0. */
  long requiredNumber(String field) {
    long number = number(field);
    if (number == 0) {
      throw missing(field);
    }
    return number;
  }

  /** One of several ways, by a number that is not 0; which of them there are the caller knows. */
  long requiredChoice(String field) {
    JsonNode value = body.path(field);
    boolean negative =
        value.isIntegralNumber() && value.canConvertToLong() && value.longValue() < 0;
    return negative ? value.longValue() : requiredNumber(field);
  }

  boolean truth(String field) {
    JsonNode value = body.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return false;
    }
    if (!value.isBoolean()) {
      throw Problem.invalid(field, "must be true or false");
    }
    return value.booleanValue();
  }

  private static Problem missing(String field) {
    return Problem.invalid(field, "is required");
  }
}
