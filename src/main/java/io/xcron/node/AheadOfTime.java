package io.xcron.node;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Starts the JVM again, in the same process, with the ahead-of-time cache that lies beside the jar.
 *
 * <p>The cache (JEP 483, 514, 515) holds the loaded classes and the profiles of a training run: a
 * member is ready in half the time, and fires its first burst at twice the speed. It has to be
 * named on the command line, where a manifest cannot reach; so what was started as {@code java -jar
 * xcron.jar} replaces itself by {@code execv(3)} with the same command and the flags that are
 * missing. Nothing is lost by that: it happens before anything is opened, the process keeps its id,
 * and where it cannot be done (no cache, another system than Linux, other flags given) the member
 * goes on as it was started.
 */
final class AheadOfTime {
  private static final String DONE = "xcron.started.again";
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final Path EXECUTABLE = Path.of("/proc/self/exe");

  private AheadOfTime() {}

  /** Does not return if the JVM was started again. */
  static void startAgainWithCache() {
    if (System.getProperty(DONE) != null || !Files.isReadable(COMMAND_LINE)) {
      return;
    }
    try {
      String[] command =
          new String(Files.readAllBytes(COMMAND_LINE), StandardCharsets.UTF_8).split("\0", -1);
      int jar = Arrays.asList(command).indexOf("-jar");
      if (jar < 0 || jar + 1 >= command.length || givesCache(command)) {
        return;
      }
      Path cache = Path.of(command[jar + 1]).resolveSibling("xcron.aot");
      if (Files.isReadable(cache)) {
        execute(EXECUTABLE.toRealPath().toString(), withCache(command, cache));
      }
    } catch (IOException e) {
      Logger.getLogger(AheadOfTime.class.getName()).log(Level.FINE, "starting without a cache", e);
    }
  }

  private static boolean givesCache(String[] command) {
    return Arrays.stream(command)
        .anyMatch(part -> part.startsWith("-XX:AOT") || part.startsWith("-XX:SharedArchiveFile"));
  }

  /** The flags stand first, so that those of the user have the last word. */
  private static List<String> withCache(String[] command, Path cache) {
    List<String> again = new ArrayList<>();
    again.add(command[0]);
    again.add("-XX:AOTCache=" + cache);
    // What the JVM says of a cache that does not fit would stand where the ready line is expected.
    again.add("-Xlog:disable");
    again.add("-Xlog:all=error:stderr");
    again.add("--sun-misc-unsafe-memory-access=allow");
    again.add("-D" + DONE + "=true");
    // The last part is the empty one after the final NUL.
    again.addAll(Arrays.asList(command).subList(1, command.length - 1));
    return again;
  }

  /** {@code int execv(const char *path, char *const argv[])}; returns only when it failed. */
  @SuppressWarnings("restricted") // The manifest enables native access for this one call.
  private static void execute(String path, List<String> arguments) throws IOException {
    Linker linker = Linker.nativeLinker();
    MethodHandle execv =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("execv"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argv = arena.allocate(ValueLayout.ADDRESS, arguments.size() + 1);
      for (int i = 0; i < arguments.size(); i++) {
        argv.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(arguments.get(i)));
      }
      argv.setAtIndex(ValueLayout.ADDRESS, arguments.size(), MemorySegment.NULL);
      int failed = (int) execv.invokeExact(arena.allocateFrom(path), argv);
      throw new IOException("execv returned " + failed);
    } catch (Throwable e) {
      throw new IOException("the JVM could not be started again", e);
    }
  }
}
