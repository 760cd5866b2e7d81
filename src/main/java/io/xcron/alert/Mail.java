package io.xcron.alert;

import jakarta.mail.Authenticator;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends e-mail, one after the other on a thread of its own, each over a connection of its own. Its
 * queue is as long as there may be messages on their way; one more is tried again later.
 */
final class Mail implements AutoCloseable {
  private final SmtpConfig config;
  private final Session session;
  private final ThreadPoolExecutor sender;

  Mail(SmtpConfig config, int queue) {
    this.config = config;
    session = Session.getInstance(properties(config), authenticator(config));
    sender =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queue),
            Thread.ofPlatform().name("xcron-mail").daemon().factory());
  }

  private static Properties properties(SmtpConfig config) {
    String timeout = Long.toString(config.timeout().toMillis());
    Properties properties = new Properties();
    properties.setProperty("mail.transport.protocol", "smtp");
    properties.setProperty("mail.smtp.host", config.host());
    properties.setProperty("mail.smtp.port", Integer.toString(config.port()));
    properties.setProperty("mail.smtp.auth", Boolean.toString(config.user() != null));
    properties.setProperty("mail.smtp.starttls.enable", Boolean.toString(config.starttls()));
    properties.setProperty("mail.smtp.starttls.required", Boolean.toString(config.starttls()));
    properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
    properties.setProperty("mail.smtp.connectiontimeout", timeout);
    properties.setProperty("mail.smtp.timeout", timeout);
    properties.setProperty("mail.smtp.writetimeout", timeout);
    properties.setProperty("mail.smtp.from", config.from());
    return properties;
  }

  private static Authenticator authenticator(SmtpConfig config) {
    return new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        return new PasswordAuthentication(config.user(), config.password());
      }
    };
  }

  /** A way to these people. */
  Channel to(List<String> recipients) {
    return new Channel() {
      @Override
      public void send(Message message, Consumer<Result> done) {
        try {
          sender.execute(() -> done.accept(sendNow(recipients, message)));
        } catch (RejectedExecutionException e) {
          done.accept(Result.failed("too many e-mails wait"));
        }
      }

      @Override
      public String toString() {
        return "e-mail over " + config;
      }
    };
  }

  private Channel.Result sendNow(List<String> recipients, Message message) {
    try {
      MimeMessage mail = new MimeMessage(session);
      mail.setFrom(new InternetAddress(config.from(), true));
      for (String recipient : recipients) {
        mail.addRecipient(RecipientType.TO, new InternetAddress(recipient, true));
      }
      mail.setSubject(message.subject(), StandardCharsets.UTF_8.name());
      mail.setSentDate(Date.from(Instant.ofEpochMilli(message.run().endMillis())));
      // So that no holiday notice answers (RFC 3834).
      mail.setHeader("Auto-Submitted", "auto-generated");
      mail.setText(message.text(), StandardCharsets.UTF_8.name());
      Transport.send(mail);
      return Channel.Result.DELIVERED;
    } catch (AddressException e) {
      return Channel.Result.refused(reason(e));
    } catch (SendFailedException e) {
      boolean nobody = e.getValidUnsentAddresses() == null && e.getInvalidAddresses() != null;
      return nobody ? Channel.Result.refused(reason(e)) : Channel.Result.failed(reason(e));
    } catch (MessagingException | RuntimeException e) {
      return Channel.Result.failed(reason(e));
    }
  }

  private static String reason(Exception e) {
    String text = e.toString();
    return text.length() > 300 ? text.substring(0, 300) : text;
  }

  @Override
  public void close() {
    sender.shutdownNow();
  }
}
