package io.xcron.http;

/** The paths of one of the systems that this one continues, with answers of their own form. */
interface SeedFacade {
  void addTo(Router router);

  /** Whether the path is one of these, so that its failures have their form too. */
  boolean answers(String path);

  /** Answers with the envelope of a problem that is not this path's own. */
  void fail(Exchange exchange, Problem problem);
}
