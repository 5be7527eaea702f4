package dev.capstan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.config.NodeConfig;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code --server} may say. */
class RemoteCommandTest {
  @ParameterizedTest
  @CsvSource({
    "host1, http://host1:7480, https://host1:7480",
    "host1:7580, http://host1:7580, https://host1:7580",
    "host1.example.com, http://host1.example.com:7480, https://host1.example.com:7480",
    "10.0.0.7, http://10.0.0.7:7480, https://10.0.0.7:7480",
    "10.0.0.7:80, http://10.0.0.7:80, https://10.0.0.7:80",
    "[fd00::1], http://[fd00::1]:7480, https://[fd00::1]:7480",
    "[fd00::1]:80, http://[fd00::1]:80, https://[fd00::1]:80",
    "fd00::1, http://[fd00::1]:7480, https://[fd00::1]:7480",
    "::1, http://[::1]:7480, https://[::1]:7480",
    "http://host1, http://host1, http://host1",
    "http://host1:80, http://host1:80, http://host1:80",
    "https://host1:443, https://host1:443, https://host1:443"
  })
  void aHostStandsForItsUsualAddressAndAUrlForItself(String said, String open, String guarded) {
    assertThat(RemoteCommand.whole(said, false)).isEqualTo(open);
    assertThat(RemoteCommand.whole(said, true)).isEqualTo(guarded);
    assertThat(URI.create(open).getHost()).isNotNull();
  }

  @Test
  void theUsualAddressIsThatWhichServersListenOnWhenTheyAreToldNothing() {
    int usual = NodeConfig.ofDefaults().node().httpPort();

    assertThat(URI.create(RemoteCommand.whole("host1", true)).getPort()).isEqualTo(usual);
    assertThat(URI.create(RemoteCommand.whole("fd00::1", false)).getPort()).isEqualTo(usual);
  }
}
