package io.xcron.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Map;

/** What a command has around it: the process, or a test. The writers flush with each line. */
record Surroundings(
    Map<String, String> environment, InputStream in, PrintWriter out, PrintWriter err) {}
