package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
  private static final AddressPolicy OPEN = AddressPolicy.parse(true, "", "");

  private static @Nullable String check(AddressPolicy policy, String address, String host) {
    return policy.check(InetAddress.ofLiteral(address), host);
  }

  private static void allowed(AddressPolicy policy, String address) {
    assertNull(check(policy, address, "receiver.example"));
  }

  private static void denied(AddressPolicy policy, String address) {
    assertNotNull(check(policy, address, "receiver.example"), address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "febf::1",
        "100.100.100.200",
        "fd00:ec2::254",
        "fd20:ce::254",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.1",
        "239.255.255.255",
        "ff02::1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "255.255.255.255",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:1:2:3:4:5601:5601",
        "::ffff:0:a9fe:a9fe",
        "fd00::5efe:a9fe:a9fe",
        "::ffff:0.0.0.0",
        "64:ff9b::e000:1",
        "2002:ffff:ffff::"
      })
  void someAddressesAreDeniedWhateverIsConfigured(String address) {
    denied(OPEN, address);
    denied(AddressPolicy.parse(true, "0.0.0.0/0,::/0,receiver.example", ""), address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.1.2.3", "192.168.0.1", "172.16.5.5", "100.64.0.1", "8.8.8.8", "fd12:3456::1",
            "2606:4700::1111",
        "64:ff9b::808:808", "2002:808:808::1", "127.0.0.1", "::1", "169.253.255.255", "169.255.0.0",
            "1.0.0.0",
        "100.100.100.201", "223.255.255.255"
      })
  void everythingElseIsAllowedByDefault(String address) {
    allowed(OPEN, address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "::1",
        "::ffff:127.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:1:2:3:4:80ff:fffe"
      })
  void loopbackNeedsALoopbackApiOrAnAllowance(String address) {
    allowed(OPEN, address);
    denied(AddressPolicy.parse(false, "", ""), address);
    allowed(AddressPolicy.parse(false, "127.0.0.0/8, ::/0 ", ""), address);
    allowed(AddressPolicy.parse(false, "Receiver.Example.", ""), address);
    denied(AddressPolicy.parse(false, "10.0.0.0/8", ""), address);
  }

  @Test
  void anAllowListThatNamesSomethingMeansOnlyThat() {
    AddressPolicy policy =
        AddressPolicy.parse(true, "10.0.0.0/8, hooks.example.com ,[2001:db8::7],192.168.7.9", "");
    allowed(policy, "10.255.255.255");
    allowed(policy, "192.168.7.9");
    allowed(policy, "2001:db8::7");
    denied(policy, "11.0.0.0");
    denied(policy, "192.168.7.8");
    denied(policy, "2001:db8::8");
    denied(policy, "127.0.0.1");
    assertNull(check(policy, "8.8.8.8", "HOOKS.example.com."));
    assertNotNull(check(policy, "8.8.8.8", "x.hooks.example.com"));
    assertNotNull(check(policy, "8.8.8.8", "hooks.example.com.evil.example"));
  }

  @Test
  void denyWins() {
    AddressPolicy policy =
        AddressPolicy.parse(true, "10.0.0.0/8,hooks.example", "10.1.0.0/16,hooks.example");
    allowed(policy, "10.2.0.0");
    denied(policy, "10.1.2.3");
    assertNotNull(check(policy, "10.2.0.0", "hooks.example"));
    denied(AddressPolicy.parse(true, "", "10.0.0.0/8"), "64:ff9b::a01:203");
    denied(AddressPolicy.parse(true, "", "fd00::/8"), "fd99::1");
    allowed(AddressPolicy.parse(true, "", "fd00::/8"), "fc99::1");
    denied(AddressPolicy.parse(true, "", "0.0.0.0/0"), "8.8.8.8");
    allowed(AddressPolicy.parse(true, "", "0.0.0.0/0"), "2606:4700::1");
  }

  @Test
  void namesInAnyScriptAreComparedInTheirAsciiForm() {
    AddressPolicy policy = AddressPolicy.parse(true, "", "bücher.example");
    assertNotNull(check(policy, "8.8.8.8", "xn--bcher-kva.example"));
    assertNotNull(check(policy, "8.8.8.8", "XN--BCHER-KVA.example."));
    assertNull(check(policy, "8.8.8.8", "bucher.example"));
  }

  @Test
  void theReasonNamesHostAddressAndRule() {
    assertEquals(
        "rebind.example (169.254.169.254) is a cloud metadata address",
        check(OPEN, "169.254.169.254", "rebind.example"));
    String reason = check(AddressPolicy.parse(true, "", "8.8.8.8"), "8.8.8.8", "dns");
    assertEquals("dns (8.8.8.8) is denied by XCRON_TARGET_DENY", reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0/8",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "fe80::1%eth0",
        "::/129",
        "host:80",
        "*.example.com",
        "a b",
        "-x",
        "http://x",
        "256.1.1.1",
        "[::1",
        "x..y/"
      })
  void anEntryThatIsNothingIsRefusedByName(String entry) {
    for (boolean inAllow : new boolean[] {true, false}) {
      String list = "10.0.0.0/8," + entry;
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () -> AddressPolicy.parse(true, inAllow ? list : "", inAllow ? "" : list));
      assertTrue(
          String.valueOf(refused.getMessage())
              .contains(inAllow ? "XCRON_TARGET_ALLOW" : "XCRON_TARGET_DENY"),
          entry);
      assertTrue(
          String.valueOf(refused.getMessage()).contains(entry),
          String.valueOf(refused.getMessage()));
    }
  }

  @Test
  void aRangeHoldsExactlyTheAddressesWithItsPrefix() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      int base = random.nextInt();
      int bits = random.nextInt(33);
      int other = random.nextBoolean() ? random.nextInt() : base ^ (1 << random.nextInt(32));
      int mask = bits == 0 ? 0 : -1 << (32 - bits);
      AddressPolicy policy = AddressPolicy.parse(true, "", text(base) + "/" + bits);
      String reason = policy.check(InetAddress.ofLiteral(text(other)), "x");
      boolean denied = reason != null && reason.endsWith("XCRON_TARGET_DENY");
      boolean forbidden = OPEN.check(InetAddress.ofLiteral(text(other)), "x") != null;
      assertEquals(
          ((base ^ other) & mask) == 0 && !forbidden, denied, "seed " + seed + ", step " + i);
    }
  }

  private static String text(int address) {
    return (address >>> 24)
        + "."
        + (address >> 16 & 255)
        + "."
        + (address >> 8 & 255)
        + "."
        + (address & 255);
  }
}
