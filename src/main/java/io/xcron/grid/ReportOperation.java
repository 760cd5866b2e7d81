package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.AllowedDuringPassiveState;
import com.hazelcast.spi.impl.operationservice.ExceptionAction;
import com.hazelcast.spi.impl.operationservice.Operation;
import java.io.IOException;

/** Asks a member what it has of each partition. */
final class ReportOperation extends Operation
    implements AllowedDuringPassiveState, IdentifiedDataSerializable {
  private byte[] answer = {};

  ReportOperation() {}

  @Override
  public void run() {
    GridService service = getService();
    JournalReports.Report report = service.report();
    answer =
        report == null
            ? Wire.error(GridException.notHere("this member has not read its journal back yet"))
            : Wire.answer(report::writeTo);
  }

  @Override
  public Object getResponse() {
    return answer;
  }

  @Override
  public ExceptionAction onInvocationException(Throwable throwable) {
    return ExceptionAction.THROW_EXCEPTION;
  }

  @Override
  public String getServiceName() {
    return GridService.NAME;
  }

  @Override
  protected void writeInternal(ObjectDataOutput out) throws IOException {
    out.writeByte(GridFactory.FORMAT);
  }

  @Override
  protected void readInternal(ObjectDataInput in) throws IOException {
    GridFactory.requireFormat(in.readByte());
  }

  @Override
  public int getFactoryId() {
    return GridFactory.ID;
  }

  @Override
  public int getClassId() {
    return GridFactory.REPORT;
  }
}
