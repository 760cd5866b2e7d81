package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.xcron.model.HeaderValue;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Limits;
import io.xcron.model.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the target of a task. */
final class TargetReader {
  private static final Duration DEFAULT_SHELL = Duration.ofHours(1);

  private final byte[] document;
  private final int offset;

  TargetReader(byte[] document, int offset) {
    this.document = document;
    this.offset = offset;
  }

  Target read(JsonParser json) throws IOException {
    In.requireObject(json, "target");
    Target target = null;
    for (String kind = json.nextFieldName(); kind != null; kind = json.nextFieldName()) {
      if (json.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      if (target != null) {
        throw new InvalidTaskException(
            "target", "must have exactly one of http, service, shell, handler");
      }
      target =
          switch (kind) {
            case "http" -> readHttp(json);
            case "service" -> readService(json);
            case "shell" -> readShell(json);
            case "handler" -> readHandler(json);
            default -> throw In.unknown("target." + kind);
          };
    }
    if (target == null) {
      throw new InvalidTaskException(
          "target", "must have exactly one of http, service, shell, handler");
    }
    return target;
  }

  private Target readHttp(JsonParser json) throws IOException {
    In.requireObject(json, "target.http");
    String url = null;
    String method = "POST";
    Map<String, HeaderValue> headers = Map.of();
    String body = null;
    Duration timeout = Target.Http.DEFAULT_TIMEOUT;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "url" -> url = In.optionalText(json, "target.http.url");
        case "method" -> method = none ? method : method(In.text(json, "target.http.method"));
        case "headers" -> headers = none ? headers : readHeaders(json);
        case "body" -> body = none ? null : bodyOf(RawBody.cut(json, document, offset));
        case "timeout" -> timeout = none ? timeout : In.duration(json, "target.http.timeout");
        default -> throw In.unknown("target.http." + field);
      }
    }
    if (url == null) {
      throw new InvalidTaskException("target.http.url", "is missing");
    }
    return new Target.Http(url, method, headers, body, timeout);
  }

  /** The empty object is what a missing body means, and is stored as such. */
  static @Nullable String bodyOf(String text) {
    return text.equals("{}") ? null : text;
  }

  private static String method(String text) {
    String method = text.toUpperCase(Locale.ROOT);
    return switch (method) {
      case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" -> method;
      default ->
          throw new InvalidTaskException(
              "target.http.method", "must be GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS");
    };
  }

  private static Map<String, HeaderValue> readHeaders(JsonParser json) throws IOException {
    In.requireObject(json, "target.http.headers");
    Map<String, HeaderValue> headers = new LinkedHashMap<>(4);
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      String field = "target.http.headers." + Texts.clip(name);
      requireHeaderName(field, name);
      if (json.nextToken() == JsonToken.START_OBJECT) {
        headers.put(name, readSecret(json, field));
      } else {
        headers.put(name, new HeaderValue.Plain(headerText(field, In.text(json, field))));
      }
    }
    return headers;
  }

  private static HeaderValue readSecret(JsonParser json, String field) throws IOException {
    String secret = null;
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      json.nextToken();
      if (!name.equals("secret")) {
        throw In.unknown(field + "." + name);
      }
      secret = In.text(json, field + ".secret");
    }
    if (secret == null || secret.isEmpty() || secret.length() > Limits.MAX_NAME_LENGTH) {
      throw new InvalidTaskException(field, "must be a string or {\"secret\": <name>}");
    }
    return new HeaderValue.Secret(secret);
  }

  private static void requireHeaderName(String field, String name) {
    boolean token = !name.isEmpty() && name.length() <= Limits.MAX_NAME_LENGTH;
    for (int i = 0; i < name.length() && token; i++) {
      char c = name.charAt(i);
      token =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || Texts.isDigit(c)
              || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
    if (!token) {
      throw new InvalidTaskException(field, "is not a header's name");
    }
  }

  private static String headerText(String field, String text) {
    if (text.length() > Limits.MAX_HEADER_LENGTH) {
      throw new InvalidTaskException(
          field, "must have at most " + Limits.MAX_HEADER_LENGTH + " characters");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c > '~') {
        throw new InvalidTaskException(field, "must have printable ASCII characters only");
      }
    }
    return text;
  }

  private static Target readService(JsonParser json) throws IOException {
    In.requireObject(json, "target.service");
    String name = null;
    String path = null;
    String arg = null;
    Duration confirm = Target.Service.DEFAULT_CONFIRM_TIMEOUT;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "name" -> name = In.optionalText(json, "target.service.name");
        case "path" -> path = In.optionalText(json, "target.service.path");
        case "arg" -> arg = In.optionalText(json, "target.service.arg");
        case "confirm_timeout" ->
            confirm = none ? confirm : In.duration(json, "target.service.confirm_timeout");
        default -> throw In.unknown("target.service." + field);
      }
    }
    if (name == null) {
      throw new InvalidTaskException("target.service.name", "is missing");
    }
    return new Target.Service(name, path, arg, confirm);
  }

  private static Target readShell(JsonParser json) throws IOException {
    In.requireObject(json, "target.shell");
    String command = null;
    Map<String, String> env = Map.of();
    Target.Place place = null;
    Duration timeout = DEFAULT_SHELL;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      if (json.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "command" -> command = In.text(json, "target.shell.command");
        case "env" -> env = In.texts(json, "target.shell.env");
        case "timeout" -> timeout = In.duration(json, "target.shell.timeout");
        case "member", "group", "any", "broadcast" -> {
          Target.Place given = readPlace(json, field);
          if (place != null && given != null) {
            throw new InvalidTaskException(
                "target.shell", "must have at most one of member, group, any, broadcast");
          }
          place = given == null ? place : given;
        }
        default -> throw In.unknown("target.shell." + field);
      }
    }
    if (command == null) {
      throw new InvalidTaskException("target.shell.command", "is missing");
    }
    return new Target.Shell(command, env, place == null ? new Target.Place.Any() : place, timeout);
  }

  private static Target.@Nullable Place readPlace(JsonParser json, String field)
      throws IOException {
    String path = "target.shell." + field;
    return switch (field) {
      case "member" -> new Target.Place.Member(In.text(json, path));
      case "group" -> new Target.Place.Group(In.text(json, path));
      case "any" -> In.truth(json, path) ? new Target.Place.Any() : null;
      default -> In.truth(json, path) ? new Target.Place.Broadcast() : null;
    };
  }

  private static Target readHandler(JsonParser json) throws IOException {
    In.requireObject(json, "target.handler");
    String name = null;
    String arg = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      json.nextToken();
      switch (field) {
        case "name" -> name = In.optionalText(json, "target.handler.name");
        case "arg" -> arg = In.optionalText(json, "target.handler.arg");
        default -> throw In.unknown("target.handler." + field);
      }
    }
    if (name == null) {
      throw new InvalidTaskException("target.handler.name", "is missing");
    }
    return new Target.Handler(name, arg);
  }
}
