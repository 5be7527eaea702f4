package dev.capstan.node.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterfacesTest {
  @Test
  void anInterfaceIsNamedByItsAddress() throws SocketException {
    assertThat(Interfaces.addresses(List.of("127.0.0.1"))).hasSize(1);
    assertThat(Interfaces.addresses(List.of("192.0.2.77"))).isEmpty();
  }

  @Test
  void anAddressOfIpv6IsTakenInEachOfItsForms() throws SocketException {
    assumeTrue(
        NetworkInterface.getByInetAddress(InetAddress.ofLiteral("::1")) != null, "needs IPv6");

    assertThat(Interfaces.addresses(List.of("::1"))).hasSize(1);
    assertThat(Interfaces.addresses(List.of("0:0:0:0:0:0:0:1"))).hasSize(1);
  }
}
