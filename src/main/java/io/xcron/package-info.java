/**
 * xcron, a distributed task scheduler for the JVM.
 *
 * <p>The road of a task, which the packages below show: {@code http → grid (+ journal) → wheel →
 * slice grant → fire → target → run record → history → console}. See {@code docs/architecture.md}.
 */
@NullMarked
package io.xcron;

import org.jspecify.annotations.NullMarked;
