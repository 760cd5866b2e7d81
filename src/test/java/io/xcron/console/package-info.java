/** The console as a reader sees it: a real browser, a whole member, every page. */
@NullMarked
package io.xcron.console;

import org.jspecify.annotations.NullMarked;
