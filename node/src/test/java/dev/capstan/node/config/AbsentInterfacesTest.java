package dev.capstan.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.capstan.dsl.diagnostic.Diagnostic;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Network interfaces that a configuration names, and that the machine has or does not have. */
final class AbsentInterfacesTest {
  private static final String FILE =
      "distributed_workflow_engine:\n  node_discovery: { interfaces: [%s] }\n";
  private static final int FIRST_ITEM = 34;

  private static NodeConfig read(String... interfaces) throws ConfigRefused {
    List<String> quoted = Arrays.stream(interfaces).map(name -> "'" + name + "'").toList();
    return ConfigFile.parse(FILE.formatted(String.join(", ", quoted)), "c.yaml");
  }

  private static ConfigRefused refused(String... interfaces) {
    return Objects.requireNonNull(
        catchThrowableOfType(ConfigRefused.class, () -> read(interfaces)));
  }

  private static String loopback() throws Exception {
    return Objects.requireNonNull(
            NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()))
        .getName();
  }

  @Test
  void oneThatTheMachineDoesNotHaveIsToldWithThoseThatItHas() throws Exception {
    String here = loopback();

    ConfigRefused refused = refused(here, here, "nosuch0");

    int column = FIRST_ITEM + 2 * (here.length() + 4);
    assertThat(refused)
        .hasMessage(
            "c.yaml:2:"
                + column
                + ": item 3 of \"interfaces\" is no network interface of this machine: the text \"nosuch0\"");
    Diagnostic finding = refused.findings().getFirst();
    assertThat(finding.code()).isEqualTo("CAP-8102");
    String hint = Objects.requireNonNull(finding.hint());
    assertThat(hint).startsWith("allowed: ").endsWith(", or an address of this machine");
    assertThat(hint.split("[: ,]+")).contains(here);
  }

  @Test
  void aMisspelledOneIsToldTheNearest() throws Exception {
    String here = loopback();

    assertThat(refused(here + "0").findings().getFirst().hint())
        .endsWith("\nfix: did you mean \"" + here + "\"?");
  }

  @Test
  void eachIsToldAtItsPlace() {
    assertThat(refused("nosuch0", "fe80::1%nosuch1").findings())
        .extracting(Diagnostic::message)
        .satisfiesExactly(
            first -> assertThat(first).contains("item 1", "nosuch0"),
            second -> assertThat(second).contains("item 2", "fe80::1%nosuch1"));
  }

  @Test
  void anAddressMayComeLater() throws Exception {
    assertThat(read("192.0.2.77", "2001:db8::7").nodeDiscovery().interfaces())
        .containsExactly("192.0.2.77", "2001:db8::7");
  }

  /** The JVM knows none of those. */
  @Test
  void oneWithoutAnAddressIsThere() throws Exception {
    assertThat(
            AbsentInterfaces.ofLinux(
                """
                Inter-|   Receive                 |  Transmit
                 face |bytes    packets errs drop|bytes    packets
                    lo:       0       0    0    0
                  ifb0:12345678 1    0    0
                eth0.7:       0       0    0    0
                """))
        .containsExactly("lo", "ifb0", "eth0.7");
    Path table = Path.of("/proc/self/net/dev");
    if (Files.exists(table)) {
      for (String here : AbsentInterfaces.ofLinux(Files.readString(table))) {
        assertThat(read(here).nodeDiscovery().interfaces()).containsExactly(here);
      }
    }
  }
}
