package dev.capstan.worker.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Server-sent events, HTML Living Standard, section 9.2. */
class EventStreamTest {

  private static List<String> read(String text) throws IOException {
    EventStream events = events(text, 1000);
    List<String> read = new ArrayList<>();
    for (byte[] data = events.next(); data != null; data = events.next()) {
      read.add(new String(data, StandardCharsets.UTF_8));
    }
    return read;
  }

  private static EventStream events(String text, int limit) {
    return new EventStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), limit);
  }

  @Test
  void anEventEndsWithAnEmptyLineAndItsLinesOfDataAreJoined() throws IOException {
    assertThat(read("data: a\ndata: b\n\ndata:c\n\n")).containsExactly("a\nb", "c");
  }

  @Test
  void allThreeEndsOfLinesCount() throws IOException {
    assertThat(read("data: a\r\n\r\ndata: b\r\rdata: c\n\n")).containsExactly("a", "b", "c");
  }

  @Test
  void commentsOtherFieldsAndEventsWithoutDataAreSkipped() throws IOException {
    assertThat(read(": hello\n\nid: 7\nretry: 5\n\nevent: message\ndatum: x\ndata: ä\n\n"))
        .containsExactly("ä");
  }

  @Test
  void onlyTheFirstSpaceIsNoData() throws IOException {
    assertThat(read("data:  a\n\ndata\n\ndata:\n\n")).containsExactly(" a", "", "");
  }

  @Test
  void anEventThatBreaksOffIsNone() throws IOException {
    assertThat(read("data: a\n\ndata: b\n")).containsExactly("a");
  }

  @Test
  void eventsHaveALimitInOneLineAndInMany() throws IOException {
    assertThat(events("data: 12345\n\n", 5).next()).hasSize(5);
    assertThatThrownBy(() -> events("data: 123456\n\n", 5).next())
        .isInstanceOf(EventStream.TooLarge.class);
    assertThatThrownBy(() -> events("data: 123\ndata: 456\n\n", 5).next())
        .isInstanceOf(EventStream.TooLarge.class);
    assertThatThrownBy(() -> events(": 12345678901234\n\n", 5).next())
        .isInstanceOf(EventStream.TooLarge.class);
  }
}
