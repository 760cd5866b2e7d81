package io.xcron.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.node.LocalNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands as a user types them, against a member that asks for a token. */
class CommandLineToolTest {
  private static final String TOKEN = "a-token-for-the-tests";
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @TempDir static Path directory;

  private static LocalNode node;

  /** How a command ended and what it said. */
  private record Ended(int exit, String out, String err) {}

  @BeforeAll
  static void start() {
    node = LocalNode.start(directory.resolve("data"), Map.of("api.token", TOKEN));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /**
   * Replays {@code conversation.txt}: each line that starts with a dollar sign is typed, and what
   * follows must be what the tool says. {@code -Dxcron.golden.write=FILE} writes what it says now.
   */
  @Test
  void aConversationGoesAsItIsWrittenDown() throws IOException {
    String golden = resource("conversation.txt");
    StringBuilder said = new StringBuilder();
    for (String line : golden.lines().filter(text -> text.startsWith("$ ")).toList()) {
      said.append(line).append('\n');
      Ended ended = type(line.substring("$ xcron ".length()));
      said.append(steady(ended.out()));
      steady(ended.err()).lines().forEach(text -> said.append("! ").append(text).append('\n'));
      said.append(ended.exit() == 0 ? "" : "[exit " + ended.exit() + "]\n").append('\n');
    }
    String write = System.getProperty("xcron.golden.write");
    if (write != null) {
      Files.writeString(Path.of(write), said.toString());
      return;
    }
    assertEquals(golden, said.toString());
  }

  @Test
  void aRunIsSeenByItsNumberItsOutcomeAndItsExplanation() {
    String task = "task create --id seen --every 1h --call " + node.url("/nothing");
    assertEquals(0, type(task).exit());
    assertEquals("run 1\n", type("task run seen").out());
    assertEquals(0, type("task kill seen").exit());
    Ended runs = type("task runs seen");

    assertEquals(0, runs.exit(), runs.err());
    assertTrue(runs.out().startsWith("RUN  OUTCOME"), runs.out());
    Ended explained = type("task explain seen");
    assertTrue(explained.out().startsWith("Nothing is due at "), explained.out());
    assertEquals("", explained.err());
  }

  @Test
  void jsonIsWhatTheApiAnswers() {
    JsonNode cluster = Api.parse(type("cluster --json").out());
    assertEquals("single", cluster.path("mode").asText());

    Ended people = type("cluster");
    assertTrue(people.out().startsWith("cluster xcron, 1 of 1 members, single\n"), people.out());
    assertTrue(people.out().contains("271"), people.out());
  }

  @Test
  void operatorsBackUpAndAreToldWhyVotersAreNotReset() {
    Ended backup = type("cluster backup --name cli");
    Path copy = directory.resolve("data").resolve("backups").resolve("cli");
    assertEquals(copy.toAbsolutePath() + "\n", backup.out(), backup.err());
    assertTrue(Files.exists(copy.resolve("mark")));
    assertEquals(Exit.REFUSED.code(), type("cluster backup --name cli").exit());
    assertEquals(Exit.REFUSED.code(), type("cluster backup --name ../cli").exit());

    Ended reset = type("cluster reset-voters --old-majority-is-dead");
    assertEquals(Exit.REFUSED.code(), reset.exit());
    assertTrue(reset.err().contains("runs alone"), reset.err());

    Ended size = type("cluster size 5");
    assertEquals(Exit.REFUSED.code(), size.exit());
    assertTrue(size.err().contains("XCRON_CLUSTER_SIZE=3"), size.err());
  }

  @Test
  void whatIsExportedCanBeImportedAgain() {
    for (int i = 0; i < 3; i++) {
      type("task create --id out" + i + " --label kind:out --every 1h --call http://127.0.0.1:9/");
    }
    Ended exported = type("task export --label kind:out");
    assertEquals(3, exported.out().lines().count());
    type("task delete out1");
    Ended imported = type("task import", environment(), exported.out());

    assertEquals("imported 3, failed 0\n", imported.out(), imported.err());
    assertEquals(0, type("task get out1").exit());
  }

  @Test
  void theTokenComesFromTheEnvironmentOrFromAFile() throws IOException {
    Map<String, String> bare = new HashMap<>(environment());
    bare.remove("XCRON_TOKEN");
    assertEquals(Exit.UNAUTHORIZED.code(), type("task list", bare, "").exit());

    Path file = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    assertEquals(0, type("task list --token-file " + file, bare, "").exit());
    bare.put("XCRON_TOKEN_FILE", file.toString());
    assertEquals(0, type("task list", bare, "").exit());
    bare.put("XCRON_TOKEN_FILE", file + ".missing");
    assertEquals(Exit.USAGE.code(), type("task list", bare, "").exit());
  }

  @Test
  void whereNobodyListensIsSaidInOneLine() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Ended ended = type("cluster --url http://127.0.0.1:" + port);

    assertEquals(Exit.UNREACHABLE.code(), ended.exit());
    assertEquals(
        "xcron: no member answers at http://127.0.0.1:"
            + port
            + "; say where one is with --url or XCRON_URL\n",
        ended.err());
  }

  @Test
  void aShellCompletesEveryCommand() throws Exception {
    Path script = Files.writeString(directory.resolve("completion"), type("completion").out());
    String asked =
        ". "
            + script
            + "; COMP_WORDS=(xcron task ex); COMP_CWORD=2; _complete_xcron 2> /dev/null; echo ${COMPREPLY[*]}";
    Process bash = new ProcessBuilder("bash", "-c", asked).start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals("explain export", said.strip());
  }

  @Test
  void everyStatusHasItsExitCode() {
    assertEquals(Exit.NOT_FOUND, Exit.ofStatus(404));
    assertEquals(Exit.REFUSED, Exit.ofStatus(412));
    assertEquals(Exit.NOT_ACCEPTED, Exit.ofStatus(503));
    assertEquals(Exit.UNKNOWN, Exit.ofStatus(504));
    assertEquals(Exit.FAILED, Exit.ofStatus(500));
  }

  @Test
  void aNameCannotMoveTheCursorOfATerminal() {
    assertEquals("a?[2Jb", Table.clean("a\u001b[2Jb"));
  }

  private static Map<String, String> environment() {
    return Map.of("XCRON_URL", node.url(""), "XCRON_TOKEN", TOKEN);
  }

  private static Ended type(String line) {
    int here = line.indexOf(" <<< ");
    return here < 0
        ? type(line, environment(), "")
        : type(
            line.substring(0, here),
            environment(),
            words(line.substring(here + 5)).getFirst().replace("\\n", "\n"));
  }

  private static Ended type(String line, Map<String, String> environment, String in) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    InputStream input = new ByteArrayInputStream(in.getBytes(StandardCharsets.UTF_8));
    int exit =
        CommandLineTool.run(
            new Surroundings(environment, input, new PrintWriter(out), new PrintWriter(err)),
            "test",
            words(line).toArray(String[]::new));
    return new Ended(exit, out.toString(), err.toString());
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher matcher = WORD.matcher(line);
    while (matcher.find()) {
      words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }
    return words;
  }

  /** Instants in tables are different each time, and of one length; those on their own are not. */
  private static String steady(String text) {
    return text.replaceAll(
        "(?m)(?<!^)20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\dZ",
        "yyyy-mm-ddThh:mm:ss.mmmZ");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(CommandLineToolTest.class.getResourceAsStream("/cli/" + name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
