package io.xcron.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** A schedule in words of one language. Never throws for a schedule that compiled. */
interface Wording {
  String cron(CronText text);

  String rate(Duration period);

  String delay(Duration delay);

  String once(Instant at);

  /** By the ends of another task. */
  String told();

  static Wording of(Locale locale) {
    return locale.getLanguage().equals("zh") ? new ChineseWording() : new EnglishWording();
  }

  static Wording of(Locale locale, CronText text) {
    return CronUtilsWording.knows(locale, text) ? new CronUtilsWording(locale) : of(locale);
  }
}
