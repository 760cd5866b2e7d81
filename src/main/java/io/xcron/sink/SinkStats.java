package io.xcron.sink;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The sink's figures since it was opened.
 *
 * @param rows that were committed; one that was sent again counts again
 * @param refused records that the database does not take, or that cannot be read
 * @param dropped records that the run store had to let go before they were sent
 * @param failures tries that failed
 * @param behind for how long not all was sent; zero when all is
 * @param trouble the last failure, in words, while it lasts; null when there is none
 */
public record SinkStats(
    long rows,
    long refused,
    long dropped,
    long failures,
    Duration behind,
    @Nullable String trouble) {}
