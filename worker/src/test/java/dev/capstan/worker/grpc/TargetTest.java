package dev.capstan.worker.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which port is meant, and whether it speaks TLS. */
class TargetTest {

  @ParameterizedTest
  @CsvSource({
    "localhost, 5011, localhost, 5011, false",
    "pets.example, , pets.example, 443, true",
    "pets.example, 443, pets.example, 443, true",
    "pets.example, 8443, pets.example, 8443, true",
    "https://pets.example, 5011, pets.example, 5011, true",
    "GRPCS://pets.example, , pets.example, 443, true",
    "http://pets.example, 443, pets.example, 443, false",
    "grpc://pets.example, , pets.example, 80, false",
    "[::1], 5011, [::1], 5011, false",
  })
  void theSchemeDecidesAndThenThePort(
      String written, @Nullable Integer number, String host, int port, boolean tls) {
    ObjectNode service = Json.object().put("host", written).put("port", number);

    assertThat(Target.of(service)).isEqualTo(new Target(host, port, tls));
  }
}
