package io.xcron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What hosts compile against stays small, and every part of it is explained. */
class PublicApiTest {
  private static final Path SOURCES = Path.of("src/main/java/io/xcron");

  /** A public type or method of a class, or any method of an interface, with what stands before. */
  private static final Pattern DECLARATION =
      Pattern.compile(
          "^ {0,4}(public |default )[^=;]*?(class|interface|record|enum|\\()", Pattern.MULTILINE);

  @Test
  void thereAreFewPublicTypes() {
    List<String> types =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.xcron")
                .stream()
                .filter(type -> type.getPackageName().equals("io.xcron"))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getName)
                .sorted()
                .toList();
    assertTrue(types.contains("io.xcron.Xcron"), types.toString());
    assertTrue(types.size() <= 25, types.size() + " public types: " + types);
  }

  @Test
  void everyPublicTypeAndMethodIsExplained() throws IOException {
    List<String> bare = new ArrayList<>();
    int seen = 0;
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        if (!source.contains("\npublic ")) {
          continue;
        }
        Matcher found = DECLARATION.matcher(source);
        while (found.find()) {
          seen++;
          if (!explained(source.substring(0, found.start()))) {
            bare.add(file.getFileName() + ": " + found.group().strip());
          }
        }
      }
    }
    assertTrue(seen > 50, "the search finds too little: " + seen);
    assertEquals(List.of(), bare);
  }

  /** Whether a comment, or the promise of a supertype, stands right before. */
  private static boolean explained(String before) {
    String rest = before.stripTrailing();
    while (true) {
      int line = rest.lastIndexOf('\n') + 1;
      String last = rest.substring(line).strip();
      if (last.equals("@Override")) {
        return true;
      }
      if (!last.startsWith("@")) {
        return last.endsWith("*/");
      }
      rest = rest.substring(0, line).stripTrailing();
    }
  }

  @Test
  void theClientNeedsNoHazelcast() throws Exception {
    ClassLoader without =
        new ClassLoader("no-hazelcast", ClassLoader.getPlatformClassLoader()) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("com.hazelcast")) {
              throw new ClassNotFoundException(name + " is not here");
            }
            String path = name.replace('.', '/') + ".class";
            try (var in = PublicApiTest.class.getClassLoader().getResourceAsStream(path)) {
              if (in == null) {
                throw new ClassNotFoundException(name);
              }
              byte[] bytes = in.readAllBytes();
              return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
              throw new ClassNotFoundException(name, e);
            }
          }
        };
    Class<?> use = without.loadClass(ClientUse.class.getName());
    var method = use.getDeclaredMethod("ask");
    method.setAccessible(true);
    assertEquals("NOT_ACCEPTED", method.invoke(null));
  }
}
