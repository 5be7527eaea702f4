package dev.capstan.server.post;

import static dev.capstan.server.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.api.v1.CurrentReply;
import dev.capstan.api.v1.DeliverReply;
import dev.capstan.core.decision.Message;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.gateway.KeySpace;
import dev.capstan.server.log.PeerNetwork.Call;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/**
 * Another coordinator leads when it is asked, stands still before it answers, and is succeeded. The
 * network waits for it for longer than the tests do.
 */
class SilentLeaderAskedTest {
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String leader = "stopped";
  private volatile boolean here;

  private final class Elsewhere implements Branch {
    @Override
    public int number() {
      return 0;
    }

    @Override
    public boolean isHere() {
      return here;
    }

    @Override
    public String leader() {
      return leader;
    }

    @Override
    public List<String> members() {
      return List.of("here", "stopped", "next");
    }

    @Override
    public CompletableFuture<Long> barrier() {
      return CompletableFuture.completedFuture(9L);
    }

    @Override
    public CompletableFuture<Long> applied(long index) {
      return CompletableFuture.completedFuture(index);
    }

    @Override
    public CompletableFuture<Void> deliver(Message message) {
      throw new IllegalStateException("events are taken");
    }

    @Override
    public CompletableFuture<Integer> take(CloudEvent event) {
      return CompletableFuture.completedFuture(3);
    }
  }

  private final class Network implements PeerCalls {
    @Override
    public CompletableFuture<byte[]> call(String node, Call call, byte[] request, Duration atMost) {
      asked.add(node);
      if (!node.equals("next")) {
        return new CompletableFuture<>();
      }
      return CompletableFuture.completedFuture(
          call == Call.CURRENT
              ? CurrentReply.newBuilder().setIndex(7).build().toByteArray()
              : DeliverReply.newBuilder().setTakers(2).build().toByteArray());
    }

    @Override
    public void answer(Call call, Answers answers) {}
  }

  private static final CloudEvent EVENT =
      new CloudEvent(JsonNodeFactory.instance.objectNode().put("id", "1").put("type", "happened"));

  private CompletableFuture<Long> confirm() {
    Duration patient = PATIENCE.multipliedBy(2);
    return new Currency(new Elsewhere(), new Network(), patient, Deadlines.system()).confirm();
  }

  private CompletableFuture<Integer> publish() {
    Postman postman = new Postman(KeySpace.ONE, Deadlines.system());
    postman.open(
        List.of(new Elsewhere()),
        new Network(),
        "here",
        _ -> CompletableFuture.completedFuture(0L));
    return postman.publish(0, List.of(EVENT));
  }

  @Test
  void theNextLeaderConfirmsWhatIsRead() {
    CompletableFuture<Long> current = confirm();
    assertThat(current).isNotDone();

    leader = "next";

    assertThat(current).succeedsWithin(PATIENCE).isEqualTo(7L);
    assertThat(asked).containsExactly("stopped", "next");
  }

  @Test
  void whoeverLeadsHereByNowConfirmsItByItself() {
    CompletableFuture<Long> current = confirm();

    here = true;

    assertThat(current).succeedsWithin(PATIENCE).isEqualTo(9L);
  }

  @Test
  void theNextLeaderTakesTheMessage() {
    CompletableFuture<Integer> takers = publish();
    assertThat(takers).isNotDone();

    leader = "next";

    assertThat(takers).succeedsWithin(PATIENCE).isEqualTo(2);
    assertThat(asked).containsExactly("stopped", "next");
  }

  @Test
  void whoeverLeadsHereByNowTakesTheMessage() {
    CompletableFuture<Integer> takers = publish();

    here = true;

    assertThat(takers).succeedsWithin(PATIENCE).isEqualTo(3);
  }
}
