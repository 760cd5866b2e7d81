package io.xcron.http;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;

/**
 * Who may come in with a token. The token itself is not kept, only its hash; it must be long and
 * random, for a hash of a word can be guessed.
 *
 * @param name who it is, in the audit log
 * @param sha256 the SHA-256 of the token's UTF-8 bytes, in hexadecimal
 * @param namespaces whose tasks it is for; empty for all
 */
public record ApiToken(String name, String sha256, Role role, Set<String> namespaces) {
  public ApiToken {
    if (name.isBlank() || name.length() > 128 || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("a token needs a name of at most 128 characters");
    }
    sha256 = sha256.strip().toLowerCase(Locale.ROOT);
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "the sha256 of token " + name + " must have 64 hexadecimal digits");
    }
    namespaces = Set.copyOf(namespaces);
    if (role == Role.ADMIN && !namespaces.isEmpty()) {
      throw new IllegalArgumentException(
          "token " + name + " is for admins, who see every namespace; leave namespaces out");
    }
  }

  byte[] digest() {
    return HexFormat.of().parseHex(sha256);
  }
}
