package io.xcron.grid;

import com.hazelcast.config.Config;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;

/** Makes the grid's operations where they arrive. Each begins with the format of the wire. */
final class GridFactory implements DataSerializableFactory {
  static final int ID = 0x78_63_72;

  /** The format of the operations that this version sends and takes. */
  static final byte FORMAT = 1;

  static final int WRITE = 1;
  static final int CREATE_ONCE = 2;
  static final int READ = 3;
  static final int LIST = 4;
  static final int SWEEP = 5;
  static final int COPIES = 6;
  static final int REPORT = 7;
  static final int DEFINITION_WRITE = 8;
  static final int DEFINITIONS_READ = 9;
  static final int GUARD = 10;
  static final int PEER = 20;
  static final int MAIL = 21;

  static void addTo(Config config) {
    config.getSerializationConfig().addDataSerializableFactory(ID, new GridFactory());
  }

  /** A message of another format: nothing was done with it. */
  static void requireFormat(byte format) {
    if (format != FORMAT) {
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED,
          "a member speaks format " + format + " of the grid, this one " + FORMAT);
    }
  }

  @Override
  public IdentifiedDataSerializable create(int typeId) {
    return switch (typeId) {
      case WRITE -> new WriteOperation();
      case CREATE_ONCE -> new CreateOnceOperation();
      case READ -> new ReadOperation();
      case LIST -> new ListOperation();
      case SWEEP -> new SweepOperation();
      case COPIES -> new CopiesOperation();
      case REPORT -> new ReportOperation();
      case DEFINITION_WRITE -> new DefinitionWriteOperation();
      case DEFINITIONS_READ -> new DefinitionsReadOperation();
      case GUARD -> new WriteGuard();
      case PEER -> new PeerOperation();
      case MAIL -> new MailOperation();
      default -> throw new IllegalArgumentException("the grid has no operation " + typeId);
    };
  }
}
