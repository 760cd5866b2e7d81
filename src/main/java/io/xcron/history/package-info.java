/** What has happened: run records, kept by the member that ran them and found by all. */
@NullMarked
package io.xcron.history;

import org.jspecify.annotations.NullMarked;
