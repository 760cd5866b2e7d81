@NullMarked
package io.xcron.sink;

import org.jspecify.annotations.NullMarked;
