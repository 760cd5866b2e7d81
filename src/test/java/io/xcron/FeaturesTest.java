package io.xcron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of features names tests that exist, and leaves no row without an answer. */
class FeaturesTest {
  private static final Path TABLE = Path.of("docs", "features.md");
  private static final Pattern NAMED = Pattern.compile("`([a-z]+\\.[A-Z]\\w+)#(\\w+)`");

  @Test
  void everyRowNamesATestThatExistsOrSaysNotYet() throws IOException {
    List<String> wrong = new ArrayList<>();
    int rows = 0;
    for (String line : Files.readAllLines(TABLE)) {
      if (!line.startsWith("| ") || line.startsWith("| feature")) {
        continue;
      }
      rows++;
      Matcher named = NAMED.matcher(line);
      boolean answered = line.contains("**not yet**");
      while (named.find()) {
        answered = true;
        if (!exists("io.xcron." + named.group(1), named.group(2))) {
          wrong.add(named.group());
        }
      }
      if (!answered) {
        wrong.add(line);
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(rows > 40, rows + " rows");
  }

  private static boolean exists(String className, String method) {
    try {
      return Arrays.stream(
              Class.forName(className, false, FeaturesTest.class.getClassLoader())
                  .getDeclaredMethods())
          .anyMatch(declared -> declared.getName().equals(method));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
