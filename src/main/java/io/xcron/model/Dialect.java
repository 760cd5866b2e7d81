package io.xcron.model;

/** Which grammar a cron text follows; the contract's section "Cron text" defines each. */
public enum Dialect {
  /** Linux crontab(5), as Vixie cron reads it; six fields put seconds first. The default. */
  UNIX,
  /** The gorhill/cronexpr grammar of cloud-org/crontab and easytask. */
  GORHILL,
  /** Quartz: six or seven fields, Sunday is 1. Only by name. */
  QUARTZ
}
