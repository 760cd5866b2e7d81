package io.xcron.http;

/**
 * The request that this thread answers. What stands between the handlers and the tasks asks here
 * who is calling, so that no handler can forget to say it. Outside of a request it throws.
 */
final class Current {
  static final ScopedValue<Exchange> EXCHANGE = ScopedValue.newInstance();

  private Current() {}

  static Exchange exchange() {
    return EXCHANGE.get();
  }

  static Caller caller() {
    return exchange().caller();
  }
}
