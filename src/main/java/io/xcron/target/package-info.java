/**
 * One attempt of a run: from "start it" to an {@link io.xcron.target.Outcome}.
 *
 * <p>The fire engine hands an {@link io.xcron.target.Attempt} to {@link io.xcron.target.Targets}; a
 * simulator stands in the same place. {@link io.xcron.target.HttpTargets} sends to a URL; {@link
 * io.xcron.target.ServiceTargets} lets it send to one node of a service after the other, as {@link
 * io.xcron.target.ServiceHealth} finds them healthy; {@link io.xcron.target.ShellTargets} runs
 * commands, and {@link io.xcron.target.RoutedTargets} chooses by the kind.
 *
 * <p>The way of an attempt: {@code HttpTargets} reads the URL, finds the host and takes a place in
 * its bounded queue; the host's {@code Loop} takes it in; the {@code Host} sees to it that the
 * addresses of the name are fresh and allowed by the {@link io.xcron.target.AddressPolicy}, and
 * waits for a {@code Connection} to one of them ({@code Opening} makes new ones); the connection
 * lets the {@code RequestWriter} prepare what does not depend on the start, asks {@code mayStart},
 * and sends. From there the answer, the timer or the loss of the connection ends it, whichever
 * comes first.
 *
 * <p>Everything about a host belongs to one event loop and needs no locks. The pool is our own and
 * not that of Vert.x for three reasons: the question before the send must come when the connection
 * stands; the address must be the checked one; and it costs less (about 11 against 14 microseconds
 * of CPU an attempt, beside 9 for a bare socket client without any of the rules).
 *
 * <p>A command takes this way: {@code ShellTargets} queues it, finds out from {@link
 * io.xcron.target.ShellPlaces} which members may run it, has the {@link
 * io.xcron.target.ShellRunner} reserve a place on one, asks {@code mayStart}, and starts a {@link
 * io.xcron.target.ShellCommand} on the place. On its member {@link io.xcron.target.LocalShell} has
 * a {@code ShellProcess} for it, with a keeper between that sees to it that nothing of the command
 * outlives a kill, a timeout or the member.
 *
 * <p>Java code of a host application: {@code HandlerTargets} finds it among the {@link
 * io.xcron.target.Handlers}, asks {@code mayStart}, and calls it on a virtual thread with a {@link
 * io.xcron.target.HandlerCall}. A kill is an interrupt.
 *
 * <p>What runs on another member: {@link io.xcron.target.MemberRuns} has both halves of the
 * conversation, {@code RunsElsewhere} of the owner and {@code RunsForOthers} of the member that
 * runs. They speak in {@code MemberMessage}s over a {@link io.xcron.target.MemberLink} that may
 * lose some. {@code HandedHandlers} finds the member that has a handler; {@code OwnBench} runs what
 * others order.
 */
@NullMarked
package io.xcron.target;

import org.jspecify.annotations.NullMarked;
