package io.xcron.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How JSON is read and written here: strict, bounded, one factory for all. */
final class Json {
  /** The deepest that arrays and objects may lie in each other. */
  static final int MAX_DEPTH = 64;

  /** The longest number, in characters. */
  static final int MAX_NUMBER_LENGTH = 100;

  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .build())
          .build();

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(FACTORY)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final String OUT_OF_RANGE = "a number is out of range";

  private static final ObjectReader TREES = MAPPER.readerFor(JsonNode.class);

  private Json() {}

  /** Something that writes itself. */
  interface Writing {
    void writeTo(JsonGenerator json) throws IOException;
  }

  /** A parser of one document, which must be UTF-8 throughout. */
  static JsonParser parser(byte[] bytes, int offset, int length) throws IOException {
    requireUtf8(bytes, offset, length);
    return FACTORY.createParser(bytes, offset, length);
  }

  /** Reads an object that the parser stands at the beginning of, to its end. */
  interface Reading<T extends @Nullable Object> {
    T from(JsonParser json) throws IOException;
  }

  /** Reads a body that must hold one object and nothing else. */
  static <T extends @Nullable Object> T object(byte[] body, Reading<T> reading) {
    try (JsonParser json = parser(body, 0, body.length)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw Problem.of(Code.MALFORMED, "the body must be a JSON object");
      }
      T read = reading.from(json);
      if (json.nextToken() != null) {
        throw Problem.of(Code.MALFORMED, "something follows the end of the body");
      }
      return read;
    } catch (IOException e) {
      throw malformed(e);
    }
  }

  static JsonNode tree(byte[] bytes) {
    try {
      requireUtf8(bytes, 0, bytes.length);
      JsonNode tree = TREES.readTree(bytes);
      if (tree.isMissingNode()) {
        throw Problem.of(Code.MALFORMED, "the body is empty, and JSON is expected");
      }
      return tree;
    } catch (IOException e) {
      throw malformed(e);
    } catch (NumberFormatException e) {
      throw Problem.of(Code.MALFORMED, OUT_OF_RANGE); // an exponent of eleven digits and more
    }
  }

  static byte[] bytes(JsonNode tree) {
    return bytes(json -> MAPPER.writeTree(json, tree));
  }

  static byte[] bytes(Writing writing) {
    try (ByteArrayBuilder out = new ByteArrayBuilder(FACTORY._getBufferRecycler(), 1_024)) {
      try (JsonGenerator json = FACTORY.createGenerator(out)) {
        writing.writeTo(json);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  /** What is wrong with a text that the parser gave up on. */
  static Problem malformed(IOException e) {
    if (e instanceof InputCoercionException) {
      return Problem.of(Code.MALFORMED, OUT_OF_RANGE);
    }
    if (e instanceof CharacterCodingException) {
      return Problem.of(Code.MALFORMED, "the text is not UTF-8");
    }
    if (e instanceof JsonProcessingException json) {
      String where =
          json.getLocation() == null
              ? ""
              : " at line "
                  + json.getLocation().getLineNr()
                  + ", column "
                  + json.getLocation().getColumnNr();
      return Problem.of(
          Code.MALFORMED, "not the JSON expected" + where + ": " + json.getOriginalMessage());
    }
    return Problem.of(Code.MALFORMED, "the request ended before its body did");
  }

  private static void requireUtf8(byte[] bytes, int offset, int length)
      throws CharacterCodingException {
    int end = offset + length;
    for (int i = offset; i < end; i++) {
      if (bytes[i] < 0) {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, i, end - i));
        return;
      }
    }
    // Without this, a leading zero byte would make the parser take the text for UTF-16 or UTF-32.
    if (length > 1 && (bytes[offset] == 0 || bytes[offset + 1] == 0)) {
      throw new CharacterCodingException();
    }
  }
}
