/** Tests of the command-line tool against a whole member in this process. */
@NullMarked
package io.xcron.cli;

import org.jspecify.annotations.NullMarked;
