package io.xcron.target;

import io.xcron.model.Target;

/** An attempt on its way to a connection. */
record Waiting(Host host, Attempt attempt, Target.Http target, String requestUri) {}
