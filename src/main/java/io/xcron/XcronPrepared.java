package io.xcron;

import com.hazelcast.core.HazelcastInstance;
import io.xcron.node.HostMember;
import java.util.List;

/**
 * A member that waits for the Hazelcast instance of its host. It holds the data directory; close it
 * if the instance does not come. One thread at a time may call.
 */
public final class XcronPrepared implements AutoCloseable {
  private final HostMember member;
  private final HandlerBook handlers;
  private final XcronSettings settings;

  XcronPrepared(HostMember member, HandlerBook handlers, XcronSettings settings) {
    this.member = member;
    this.handlers = handlers;
    this.settings = settings;
  }

  /**
   * Every setting that was added to the host's Hazelcast configuration, one a line. Nothing else is
   * touched: not the serialization filter, not REST, not the Management Center, not the network.
   */
  public List<String> changes() {
    return member.changes();
  }

  /**
   * Starts the member in an instance that was started with the prepared configuration. What the
   * journal holds is there, and fires, when this returns. In a cluster that needs a majority of the
   * members, so it waits for them, however long they take; an interrupt ends that.
   *
   * <p>When the instance is shut down, the member waits for what runs as long as the settings say,
   * hands its tasks over while Hazelcast hands over its data, and ends. {@link Xcron#ended} tells.
   *
   * @throws IllegalStateException if the instance was started without the prepared configuration,
   *     has members that do not fit, is not where the members are said to be, is shut down before
   *     the member is ready, or this was called before
   */
  public Xcron start(HazelcastInstance instance) {
    return new Xcron(member.start(instance, settings.drain()), handlers, settings);
  }

  /** Stops the member if it was started, and gives the data directory free. */
  @Override
  public void close() {
    member.close();
  }
}
