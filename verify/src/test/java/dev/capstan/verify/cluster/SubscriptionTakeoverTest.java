package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.worker.WebSocketSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who leads goes, or the node that subscribes, and no message that was consumed is lost or doubled.
 */
class SubscriptionTakeoverTest {
  @TempDir Path directory;
  private Trio trio;
  private WebSocketSite site;

  @BeforeEach
  void start() throws IOException {
    trio = new Trio(directory);
    site = new WebSocketSite();
  }

  @AfterEach
  void stop() {
    trio.close();
    site.close();
  }

  private String definition() throws IOException {
    Path document = directory.resolve("asyncapi.yaml");
    Files.writeString(
        document,
        """
        asyncapi: 3.0.0
        info: { title: Numbers, version: 1.0.0 }
        servers: { main: { host: '%s', protocol: ws } }
        channels: { numbers: { address: /numbers } }
        operations: { hear: { action: send, channel: { $ref: '#/channels/numbers' } } }
        """
            .formatted(site.authority()));
    return """
    document: {dsl: '1.0.3', namespace: test, name: hears, version: 1.0.0}
    do:
      - hear:
          call: asyncapi
          with:
            document: { endpoint: '%s' }
            operation: hear
            subscription: { filter: '${ .payload > 0 }', consume: { amount: 4 } }
          output: { as: '${ map(.payload) }' }
    """
        .formatted(document.toUri());
  }

  private void awaitConsumed(int count) {
    Awaitility.await().atMost(Trio.PATIENCE).until(() -> consumed() == count);
  }

  private long consumed() {
    return history().stream().filter("message.consumed"::equals).count();
  }

  private List<String> history() {
    return trio.ask(gateway -> gateway.history(Principal.LOCAL, "e1", 0, 100)).items().stream()
        .map(HistoryEntry::type)
        .toList();
  }

  @Test
  void theAttemptGoesOnAndHandsItsMessagesToTheNextLeader() throws Exception {
    trio.work("w1", 4);
    trio.start(definition(), "e1");
    WebSocketSite.Peer peer = site.peer();
    peer.say("1");
    peer.say("-1");
    peer.say("2");
    awaitConsumed(2);

    trio.stop(trio.leader());
    peer.say("3");
    peer.say("-3");
    peer.say("4");
    peer.say("5");

    ExecutionView ended = trio.ended("e1");
    assertThat(ended.status()).isEqualTo(Status.COMPLETED);
    assertThat(String.valueOf(ended.output())).isEqualTo("[1,2,3,4]");
    assertThat(history()).filteredOn("task.started"::equals).hasSize(1);
    assertThat(peer.told()).isEqualTo("closed");
  }

  @Test
  void aNodeThatLeavesHasItsSubscriptionGoOnElsewhereWithWhatWasConsumed() throws Exception {
    trio.work("w1", 4);
    trio.start(definition(), "e1");
    WebSocketSite.Peer first = site.peer();
    first.say("1");
    first.say("2");
    awaitConsumed(2);

    trio.work("w2", 4);
    trio.worker("w1").close();
    WebSocketSite.Peer second = site.peer();
    second.say("3");
    second.say("4");

    assertThat(String.valueOf(trio.ended("e1").output())).isEqualTo("[1,2,3,4]");
    assertThat(history()).filteredOn("task.started"::equals).hasSize(2);
    assertThat(second.told()).isEqualTo("closed");
  }
}
