package io.xcron;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Packages depend downward only, and foreign code stays in its room. */
class PackagesTest {
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.xcron");

  /** What each package may use of ours. */
  private static final Map<String, List<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("model", List.of()),
          Map.entry("wheel", List.of()),
          Map.entry("cli", List.of()),
          Map.entry("schedule", List.of("model")),
          Map.entry("journal", List.of("model")),
          Map.entry("slice", List.of("model")),
          Map.entry("target", List.of("model")),
          Map.entry("grid", List.of("model", "journal")),
          Map.entry("fire", List.of("model", "wheel", "schedule", "slice", "target", "grid")),
          Map.entry("history", List.of("model", "journal", "grid")),
          Map.entry("sink", List.of("model", "journal")),
          Map.entry("alert", List.of("model", "grid", "target")),
          Map.entry("http", List.of("model", "schedule", "grid", "history")));

  /** In which of our packages foreign code may be used; the root is that of the embedding API. */
  private static final Map<String, List<String>> ROOMS =
      Map.ofEntries(
          Map.entry("org.h2..", List.of("journal")),
          Map.entry("java.sql..", List.of("sink")),
          Map.entry("org.postgresql..", List.of()),
          Map.entry("org.HdrHistogram..", List.of("history")),
          Map.entry("com.hazelcast..", List.of("", "grid", "slice", "node")),
          Map.entry("io.vertx..", List.of("target")),
          Map.entry("io.netty..", List.of("target")),
          Map.entry("com.cronutils..", List.of("schedule")),
          Map.entry("io.helidon..", List.of("http", "node")),
          Map.entry("com.fasterxml..", List.of("", "http", "node", "alert", "cli")),
          Map.entry("jakarta.mail..", List.of("alert")),
          Map.entry("org.yaml..", List.of("http")),
          Map.entry("picocli..", List.of("cli")),
          Map.entry("io.micrometer..", List.of("node")));

  @TestFactory
  Stream<DynamicTest> packagesUseOnlyWhatLiesBelowThem() {
    return MAY_USE.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey() + " uses " + entry.getValue(),
                    () -> layer(entry.getKey(), entry.getValue()).check(CODE)));
  }

  @TestFactory
  Stream<DynamicTest> foreignCodeStaysInItsRoom() {
    return ROOMS.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey() + " in " + entry.getValue(),
                    () -> room(entry.getKey(), entry.getValue()).check(CODE)));
  }

  @Test
  void noPackagesDependOnEachOther() {
    SlicesRuleDefinition.slices().matching("io.xcron.(*)..").should().beFreeOfCycles().check(CODE);
  }

  @Test
  void everyPackageHasARule() {
    classes()
        .that()
        .resideOutsideOfPackages("io.xcron", "io.xcron.node..")
        .should()
        .resideInAnyPackage(packages(List.copyOf(MAY_USE.keySet())))
        .check(CODE);
  }

  @Test
  void theRulesCanFail() {
    assertThrows(AssertionError.class, () -> layer("grid", List.of("model")).check(CODE));
    assertThrows(AssertionError.class, () -> room("org.h2..", List.of("grid")).check(CODE));
  }

  private static ArchRule layer(String name, List<String> below) {
    List<String> others =
        Stream.concat(MAY_USE.keySet().stream(), Stream.of("", "node"))
            .filter(other -> !other.equals(name) && !below.contains(other))
            .toList();
    return noClasses()
        .that()
        .resideInAPackage("io.xcron." + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages(others));
  }

  private static ArchRule room(String foreign, List<String> ours) {
    return noClasses()
        .that()
        .resideOutsideOfPackages(packages(ours))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(foreign);
  }

  private static String[] packages(List<String> names) {
    return names.stream()
        .map(name -> name.isEmpty() ? "io.xcron" : "io.xcron." + name + "..")
        .toArray(String[]::new);
  }
}
