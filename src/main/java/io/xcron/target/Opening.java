package io.xcron.target;

import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way to one connection: the checked addresses in turn, within one bound of time. */
final class Opening {
  private final Host host;
  private final List<InetAddress> addresses;
  private final long joinedBefore;
  private int tried;
  private boolean over;
  private long timer;

  Opening(Host host, List<InetAddress> addresses, long joinedBefore) {
    this.host = host;
    this.addresses = addresses;
    this.joinedBefore = joinedBefore;
  }

  void start(Duration timeout) {
    Duration bound = host.loop().config.times().connect();
    long millis = Math.max(1, Math.min(timeout.toMillis(), bound.toMillis()));
    timer =
        host.loop()
            .vertx
            .setTimer(
                millis,
                id -> fail("no connection to " + host.origin() + " within " + millis + " ms"));
    connect(millis);
  }

  private void connect(long millis) {
    InetAddress address = addresses.get(tried++);
    Url url = host.url();
    HttpConnectOptions options =
        new HttpConnectOptions()
            .setHost(url.host())
            .setPort(url.port())
            .setSsl(url.tls())
            .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, url.port())))
            .setConnectTimeout(millis);
    if (url.tls()) {
      options.setSslOptions(host.loop().tls);
    }
    host.loop()
        .client
        .connect(options)
        .onComplete((wire, failure) -> connected(address, millis, wire, failure));
  }

  private void connected(
      InetAddress address,
      long millis,
      @Nullable HttpClientConnection wire,
      @Nullable Throwable failure) {
    if (wire != null) {
      if (over) {
        wire.close();
        return;
      }
      over = true;
      host.loop().vertx.cancelTimer(timer);
      host.opened(new Connection(host, wire, address));
    } else if (!over && tried < addresses.size()) {
      connect(millis);
    } else {
      fail(reason(failure));
    }
  }

  private void fail(String reason) {
    if (!over) {
      over = true;
      host.loop().vertx.cancelTimer(timer);
      host.openFailed(reason, joinedBefore);
    }
  }

  private static String reason(@Nullable Throwable failure) {
    if (failure == null) {
      return "no connection";
    }
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
