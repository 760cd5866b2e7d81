package io.xcron.grid;

import java.util.List;
import java.util.UUID;

/** A batch of messages about copies, of any partitions. */
final class CopiesOperation extends BatchOperation {
  CopiesOperation() {}

  CopiesOperation(UUID from, List<byte[]> messages) {
    super(from, messages);
  }

  @Override
  void receive(GridService service, UUID sender, byte[] message) {
    ClusterCopies copies = service.copies();
    if (copies != null) {
      copies.receive(sender, CopyCodec.decode(message));
    }
  }

  @Override
  public int getClassId() {
    return GridFactory.COPIES;
  }
}
