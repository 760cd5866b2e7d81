/**
 * The command-line tool: {@code java -jar xcron.jar task list} and the like, a client of the HTTP
 * API that lies in the same jar as the member.
 *
 * <p>{@link io.xcron.cli.CommandLineTool} puts the commands together and turns every end into an
 * exit code ({@link io.xcron.cli.Exit}). A command builds a request, {@link io.xcron.cli.Api} sends
 * it, and the answer is printed as it came ({@code --json}) or as a {@link io.xcron.cli.Table} for
 * people. The tool knows nothing that the API does not say: it uses no other package of ours, so
 * what it can do, any client can.
 */
@NullMarked
package io.xcron.cli;

import org.jspecify.annotations.NullMarked;
