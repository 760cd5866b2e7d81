/**
 * The door: the REST API under {@code /api/v1}, the seeds' own paths (each system's a {@code
 * Facade}), health and metrics, the description of it all under {@code /openapi}, and the files of
 * the web console.
 *
 * <p>A request takes this way: {@link io.xcron.http.HttpServer} owns Helidon and hands every
 * request to {@code Door}, which counts it, asks {@code Auth} and {@code RateLimit}, finds its
 * handler in the {@code Router} and turns whatever is thrown into one {@code Problem}, or into the
 * seed's envelope. Helidon's own routing is not used, so that an unknown path, a wrong method and a
 * bad escape all answer alike. Handlers run on virtual threads and block on the grid's futures
 * through {@code Call}, which knows the deadline.
 *
 * <p>JSON comes in through {@code TaskReader}, which streams into {@link io.xcron.model.Task}
 * without a tree, for one task as for a line of an import; it goes out through {@code TaskWriter}.
 * A patch alone is a tree, because it is defined as one. A callback's body is never interpreted:
 * its text is cut out of the request as it stands. {@code Definitions} then decides whether this
 * member would run the task, and when first.
 *
 * <p>A new route is described in {@code openapi.yaml} too, with an example: a test compares the two
 * and sends the example. The console is files only ({@code resources/console}); it knows nothing
 * but the API.
 *
 * <p>Nothing here knows the fire engine: a write goes to the {@link io.xcron.grid.TaskGrid}, and
 * the engine sees it there.
 */
@NullMarked
package io.xcron.http;

import org.jspecify.annotations.NullMarked;
