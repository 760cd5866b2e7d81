/** Checks of what is shipped beside the jar: containers, monitoring, units. */
@NullMarked
package io.xcron.ship;

import org.jspecify.annotations.NullMarked;
