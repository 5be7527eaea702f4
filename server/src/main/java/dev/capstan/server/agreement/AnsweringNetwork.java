package dev.capstan.server.agreement;

import dev.capstan.node.env.Clock;
import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network between replicas, on which what is not for the log is answered too. It is answered
 * beside the log: a replica whose log stands still can be asked.
 */
public final class AnsweringNetwork implements PeerNetwork {
  private final PeerNetwork network;
  private final Map<Call, Answers> answers = new ConcurrentHashMap<>();

  /** Answers calls of one kind. Any thread; may block. */
  @FunctionalInterface
  public interface Answers {
    /**
     * The answer.
     *
     * @param caller the coordinator that the caller has proven to be; null where nobody need
     * @throws IOException if there is none; the caller hears that, but not why
     */
    byte[] answer(@Nullable String caller, byte[] request) throws IOException;
  }

  /** Around the network of the log. */
  public AnsweringNetwork(PeerNetwork network) {
    this.network = network;
  }

  /**
   * Who answers questions for the state from now on: the replicas of all groups.
   *
   * @param clock is told too
   */
  public void answerFrom(List<Replicas> here, Clock clock) {
    answer(Call.STATE, (_, request) -> Replicas.answer(here, clock, request));
  }

  /** Who answers such calls from now on. */
  public void answer(Call call, Answers from) {
    answers.put(call, from);
  }

  @Override
  public void serve(Handler handler) throws IOException {
    network.serve((call, caller, request) ->
        switch (call) {
          case STATE, PLACE, DELIVER, CURRENT, LET_LEAD, WHO -> answer(call, caller, request);
          case VOTE, APPEND, SNAPSHOT, STAND, REACH, TERM, SILENCE ->
              handler.handle(call, caller, request);
        });
  }

  private byte[] answer(Call call, @Nullable String caller, byte[] request) throws IOException {
    Answers from = answers.get(call);
    if (from == null) {
      throw new IOException("not ready");
    }
    return from.answer(caller, request);
  }

  @Override
  public void onDisconnect(Consumer<String> listener) {
    network.onDisconnect(listener);
  }

  @Override
  public boolean isGone(String node) {
    return network.isGone(node);
  }

  @Override
  public byte[] call(String node, Call call, byte[] request, Duration timeout) throws IOException {
    return network.call(node, call, request, timeout);
  }

  @Override
  public void close() {
    network.close();
  }
}
