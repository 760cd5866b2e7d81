package io.xcron.grid;

import java.util.List;
import java.util.UUID;

/** A batch of messages of which the grid knows nothing. */
final class MailOperation extends BatchOperation {
  MailOperation() {}

  MailOperation(UUID from, List<byte[]> messages) {
    super(from, messages);
  }

  @Override
  void receive(GridService service, UUID sender, byte[] message) {
    GridMail.Receiver receiver = service.mailReceiver();
    if (receiver != null) {
      receiver.received(sender, message);
    }
  }

  @Override
  public int getClassId() {
    return GridFactory.MAIL;
  }
}
