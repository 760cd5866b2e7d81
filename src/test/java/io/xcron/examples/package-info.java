/** What xcron is for, as code that runs: read one, copy it, change it. */
@NullMarked
package io.xcron.examples;

import org.jspecify.annotations.NullMarked;
