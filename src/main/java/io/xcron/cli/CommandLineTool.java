package io.xcron.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

/** The commands, put together. */
public final class CommandLineTool {
  private CommandLineTool() {}

  /** Runs one command of this process and returns its exit code. */
  public static int run(String version, String... arguments) {
    return run(
        new Surroundings(System.getenv(), System.in, writer(System.out), writer(System.err)),
        version,
        arguments);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  static int run(Surroundings around, String version, String... arguments) {
    int code = commands(around, version).execute(arguments);
    around.out().flush();
    around.err().flush();
    return code;
  }

  private static CommandLine commands(Surroundings around, String version) {
    Root root = new Root(around);
    CommandLine line =
        new CommandLine(root)
            .addSubcommand(
                new CommandLine(new TaskCommands(root))
                    .addSubcommand(new CreateTask(root))
                    .addSubcommand(new ImportTasks(root)))
            .addSubcommand(new ScheduleCommands(root))
            .addSubcommand(RegisteredCommands.services(root))
            .addSubcommand(RegisteredCommands.calendars(root))
            .addSubcommand(new ClusterCommand(root));
    line.addSubcommand(new CompletionCommand(root, line));
    line.getCommandSpec().version("xcron " + version);
    return line.setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(around.out())
        .setErr(around.err())
        .setExecutionExceptionHandler((failure, command, parsed) -> failed(around, failure));
  }

  private static int failed(Surroundings around, Exception failure) {
    if (failure instanceof CommandFailure known) {
      String message = String.valueOf(known.getMessage());
      message.lines().forEach(line -> around.err().println("xcron: " + Table.clean(line)));
      return known.exit().code();
    }
    around.err().println("xcron: an error of this tool");
    failure.printStackTrace(around.err());
    return Exit.FAILED.code();
  }
}
