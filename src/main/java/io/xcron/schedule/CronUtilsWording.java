package io.xcron.schedule;

import com.cronutils.descriptor.CronDescriptor;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.parser.CronParser;
import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Kind;
import io.xcron.schedule.CronText.Term;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.Set;

/**
 * The languages that cron-utils words and we do not. It gets the expression in Quartz's spelling,
 * and only where its words are right: one term in each field, no special day, no range that runs
 * backwards, not both day fields, no year past 2099.
 */
final class CronUtilsWording implements Wording {
  private static final Set<String> LANGUAGES =
      Set.of(
          "de", "el", "es", "fr", "id", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru", "sw", "tr");

  private final Locale locale;

  CronUtilsWording(Locale locale) {
    this.locale = locale;
  }

  static boolean knows(Locale locale, CronText text) {
    return LANGUAGES.contains(locale.getLanguage())
        && simple(text.second())
        && simple(text.minute())
        && simple(text.hour())
        && simple(text.dayOfMonth())
        && simple(text.month())
        && simple(text.dayOfWeek())
        && text.year().full()
        && (text.dayOfMonth().full() || text.dayOfWeek().full());
  }

  /** One value, one rising range without a step, everything, or a step that divides the field. */
  private static boolean simple(Field field) {
    return field.terms().size() == 1
        && field.terms().getFirst() instanceof Term.Span span
        && span.from() <= span.to()
        && span.to() <= field.kind().max
        && (span.step() == 1 || Phrasing.evenStep(field) != null);
  }

  @Override
  public String cron(CronText text) {
    boolean weekdays = !text.dayOfWeek().full();
    String quartz =
        String.join(
            " ",
            spell(text.second()),
            spell(text.minute()),
            spell(text.hour()),
            weekdays ? "?" : spell(text.dayOfMonth()),
            spell(text.month()),
            weekdays ? spell(text.dayOfWeek()) : "?");
    CronParser parser =
        new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.QUARTZ));
    try {
      return CronDescriptor.instance(locale).describe(parser.parse(quartz));
    } catch (MissingResourceException e) {
      // Not every language of cron-utils has every phrase.
      return Wording.of(Locale.ENGLISH).cron(text);
    }
  }

  private static String spell(Field field) {
    if (field.full()) {
      return "*";
    }
    Term.Span span = (Term.Span) field.terms().getFirst();
    int shift = field.kind() == Kind.DAY_OF_WEEK ? 1 : 0;
    if (span.step() > 1) {
      return "*/" + span.step();
    }
    return span.from() == span.to()
        ? "" + (span.from() + shift)
        : span.from() + shift + "-" + (span.to() + shift);
  }

  @Override
  public String rate(Duration period) {
    return Wording.of(Locale.ENGLISH).rate(period);
  }

  @Override
  public String told() {
    return Wording.of(Locale.ENGLISH).told();
  }

  @Override
  public String delay(Duration delay) {
    return Wording.of(Locale.ENGLISH).delay(delay);
  }

  @Override
  public String once(Instant at) {
    return Wording.of(Locale.ENGLISH).once(at);
  }
}
