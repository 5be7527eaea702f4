package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.Token;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SentReportsTest {

  private final SentReports sent = new SentReports(System::nanoTime);

  @BeforeEach
  void rememberLong() {
    sent.rememberFor(TimeUnit.HOURS.toNanos(1));
  }

  private static Report report(int task, int bytes) {
    return Report.newBuilder()
        .setToken(Token.newBuilder().setTask(task))
        .setOutput(ByteString.copyFrom(new byte[bytes]))
        .build();
  }

  private static Reports reports(int first, int count, int bytes) {
    return Reports.newBuilder()
        .addAllReports(
            IntStream.range(first, first + count).mapToObj(task -> report(task, bytes)).toList())
        .build();
  }

  @Test
  void theNewestComeFirstAndOnce() {
    sent.add(reports(1, 2, 0));
    sent.add(reports(3, 2, 0));

    assertThat(sent.takeNewestFirst())
        .extracting(report -> report.getToken().getTask())
        .containsExactly(4L, 3L, 2L, 1L);
    assertThat(sent.takeNewestFirst()).isEmpty();
  }

  @Test
  void whatWasSentLongAgoIsForgotten() {
    sent.add(reports(1, 2, 0));
    sent.rememberFor(-1);

    assertThat(sent.takeNewestFirst()).isEmpty();
  }

  @Test
  void theirNumberIsBounded() {
    for (int i = 0; i < 100; i++) {
      sent.add(reports(1000 * i, 1000, 0));
    }

    assertThat(sent.takeNewestFirst()).hasSize(16_000).first().isEqualTo(report(99_999, 0));
  }

  @Test
  void theirSizeIsBounded() {
    for (int i = 0; i < 20; i++) {
      sent.add(reports(i, 1, 1 << 20));
    }

    assertThat(sent.takeNewestFirst()).hasSize(7);
  }
}
