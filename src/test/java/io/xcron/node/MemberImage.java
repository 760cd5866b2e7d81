package io.xcron.node;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the member processes of the tests are started from: our classes in jars, and an
 * ahead-of-time cache of them as beside the shipped jar, which takes no directories. A member is
 * ready in a third of the time then, and the tests start hundreds.
 *
 * <p>It is made once for a test run, below {@code target}; a process that starts members of its own
 * is told where it is.
 */
final class MemberImage {
  private static final String PLACE = "xcron.member.image";
  private static final String CLASS_PATH_FILE = "classpath";
  private static final int TRAINING_SECONDS = 120;

  /**
   * The same for the training and each start: a cache fits one collector and one set of modules.
   */
  private static final List<String> FLAGS =
      List.of(
          "-Xmx512m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xlog:disable",
          "-Xlog:all=error:stderr",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=java.management/sun.management=ALL-UNNAMED",
          "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--enable-native-access=ALL-UNNAMED");

  private static final MemberImage ONLY = open();

  private final Path directory;
  private final String classPath;

  private MemberImage(Path directory, String classPath) {
    this.directory = directory;
    this.classPath = classPath;
  }

  /** The JVM and its flags for a class of ours; the class itself comes after them. */
  static List<String> command() {
    List<String> command = ONLY.java("-XX:AOTCache=" + ONLY.cache());
    command.add("-D" + PLACE + "=" + ONLY.directory);
    return command;
  }

  private static MemberImage open() {
    try {
      String made = System.getProperty(PLACE);
      return made == null
          ? make()
          : new MemberImage(
              Path.of(made), Files.readString(Path.of(made).resolve(CLASS_PATH_FILE)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static MemberImage make() throws IOException, InterruptedException {
    Path directory =
        Files.createTempDirectory(
            Files.createDirectories(Path.of("target")).toAbsolutePath(), "members");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
    List<String> classPath = new ArrayList<>();
    for (String entry :
        System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      if (Files.isDirectory(path)) {
        Path jar = directory.resolve(classPath.size() + ".jar");
        pack(path, jar);
        path = jar;
      }
      classPath.add(path.toString());
    }
    MemberImage image = new MemberImage(directory, String.join(File.pathSeparator, classPath));
    Files.writeString(directory.resolve(CLASS_PATH_FILE), image.classPath);
    image.train();
    return image;
  }

  private void train() throws IOException, InterruptedException {
    List<String> command = java("-XX:AOTCacheOutput=" + cache());
    command.add("-Dxcron.training=" + directory);
    command.add(Main.class.getName());
    Path log = directory.resolve("training.log");
    Process training =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!training.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS) || training.exitValue() != 0) {
        throw new AssertionError("no cache for member processes:\n" + Files.readString(log));
      }
    } finally {
      training.descendants().forEach(ProcessHandle::destroyForcibly);
      training.destroyForcibly();
    }
  }

  private List<String> java(String cache) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(List.of(cache, "-cp", classPath));
    return command;
  }

  private Path cache() {
    return directory.resolve("xcron.aot");
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(jar));
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> found = Files.walk(classes)) {
      for (Path path : found.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(path).toString()));
        Files.copy(path, out);
      }
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
