package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.CPMember;
import com.hazelcast.instance.BuildInfoProvider;
import com.hazelcast.spi.impl.operationservice.impl.RaftInvocationContext;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.Test;

/** What {@link CpLedgerStore} reaches into is there, and is what it was when it was read. */
class HazelcastPinTest {
  @Test
  void hazelcastIsTheOneWhoseInsidesAreKnown() {
    assertEquals("5.4.0", BuildInfoProvider.getBuildInfo().getVersion());
  }

  @Test
  void theKnownLeadersAreAMapFromGroupToMember() throws NoSuchFieldException {
    ParameterizedType type =
        (ParameterizedType)
            RaftInvocationContext.class.getDeclaredField("knownLeaders").getGenericType();

    assertEquals(ConcurrentMap.class, type.getRawType());
    assertEquals(
        List.<Type>of(CPGroupId.class, CPMember.class), List.of(type.getActualTypeArguments()));
  }
}
