package io.xcron.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code completion}: a script that completes commands and options in a shell. */
@Command(
    name = "completion",
    description = "Prints a completion script for bash and zsh.",
    footer = {"", "alias xcron='java -jar /path/to/xcron.jar'; source <(xcron completion)"})
final class CompletionCommand implements Callable<Integer> {
  private final Root root;
  private final CommandLine line;

  CompletionCommand(Root root, CommandLine line) {
    this.root = root;
    this.line = line;
  }

  @Override
  public Integer call() {
    root.around().out().print(AutoComplete.bash("xcron", line));
    return Exit.OK.code();
  }
}
