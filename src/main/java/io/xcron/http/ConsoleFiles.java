package io.xcron.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The console's files, read from the class path when first asked for and kept, zipped too. Only
 * what exists is kept, so the map is as small as the folder. Any thread may call.
 */
final class ConsoleFiles {
  /** One folder deep, no name begins with a dot: there is no way out of the console's folder. */
  private static final Pattern NAME =
      Pattern.compile("(?:[a-z0-9][a-z0-9-]*/)?[a-z0-9][a-z0-9-]*\\.([a-z]{2,4})");

  private static final Map<String, Header> TYPES =
      Map.of(
          "html", type("text/html; charset=utf-8"),
          "js", type("text/javascript; charset=utf-8"),
          "css", type("text/css; charset=utf-8"),
          "svg", type("image/svg+xml"));

  private final Map<String, StaticFile> known = new ConcurrentHashMap<>();

  /** A file as it is sent; nobody changes the bytes. */
  static final class StaticFile {
    private final Header type;
    private final byte[] plain;
    private final byte[] zipped;
    private final String tag;

    StaticFile(Header type, byte[] plain, byte[] zipped, String tag) {
      this.type = type;
      this.plain = plain;
      this.zipped = zipped;
      this.tag = tag;
    }

    Header type() {
      return type;
    }

    byte[] plain() {
      return plain;
    }

    byte[] zipped() {
      return zipped;
    }

    String tag() {
      return tag;
    }
  }

  private static Header type(String text) {
    return HeaderValues.createCached(HeaderNames.CONTENT_TYPE, text);
  }

  @Nullable StaticFile find(String name) {
    StaticFile found = known.get(name);
    return found != null ? found : read(name);
  }

  private @Nullable StaticFile read(String name) {
    var match = NAME.matcher(name);
    Header type = match.matches() ? TYPES.get(match.group(1)) : null;
    if (type == null) {
      return null;
    }
    try (InputStream in = ConsoleFiles.class.getResourceAsStream("/console/" + name)) {
      if (in == null) {
        return null;
      }
      byte[] plain = in.readAllBytes();
      StaticFile file = new StaticFile(type, plain, zip(plain), tagOf(plain));
      known.put(name, file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("the console's file " + name + " cannot be read", e);
    }
  }

  private static byte[] zip(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 2 + 64);
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(plain);
    }
    return out.toByteArray();
  }

  private static String tagOf(byte[] plain) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain);
      return '"' + HexFormat.of().formatHex(digest, 0, 12) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
