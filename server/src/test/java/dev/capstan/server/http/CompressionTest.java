package dev.capstan.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompressionTest {

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "br, GZIP;q=0.5", "*", "x-gzip", "deflate, *;q=0.1"})
  void clientsThatTakeGzipGetIt(String accepted) {
    assertThat(Compression.isWanted(accepted)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "identity", "gzip;q=0", "*;q=0.0", "gzip;q=0, *", "br"})
  void othersDoNot(String accepted) {
    assertThat(Compression.isWanted(accepted)).isFalse();
  }

  @Test
  void aLongAnswerIsCompressedAndSaysSo() throws IOException {
    try (TestServer server = new TestServer()) {
      HttpResponse<byte[]> answer = server.bytes("/openapi.json", "Accept-Encoding", "gzip");
      assertThat(answer.headers().firstValue("Content-Encoding")).hasValue("gzip");
      assertThat(answer.headers().firstValue("Vary")).hasValue("Accept-Encoding");
      try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
        assertThat(new String(plain.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo(server.get("/openapi.json").body());
      }
    }
  }

  @Test
  void aShortAnswerIsSentAsItIs() {
    try (TestServer server = new TestServer()) {
      HttpResponse<byte[]> answer = server.bytes("/livez", "Accept-Encoding", "gzip");
      assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
      assertThat(answer.headers().firstValue("Vary")).isEmpty();
    }
  }
}
