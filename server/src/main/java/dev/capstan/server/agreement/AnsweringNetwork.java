package dev.capstan.server.agreement;

import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The network between replicas, on which other questions are answered too. They are answered beside
 * the log: a replica whose log stands still can be asked.
 */
public final class AnsweringNetwork implements PeerNetwork {
  private static final Set<Call> BESIDE_THE_LOG =
      EnumSet.of(Call.STATE, Call.DELIVER, Call.CURRENT);

  private final PeerNetwork network;
  private final Map<Call, Answers> answers = new ConcurrentHashMap<>();

  /** Around the network of the log. */
  public AnsweringNetwork(PeerNetwork network) {
    this.network = network;
  }

  /** Answers questions of one kind. Any thread; may block. */
  @FunctionalInterface
  public interface Answers {
    /**
     * The answer.
     *
     * @throws IOException if there is none; the caller hears that, but not why
     */
    byte[] answer(byte[] request) throws IOException;
  }

  /** Who answers questions for the state from now on: the replicas of all groups. */
  public void answerFrom(List<Replicas> here) {
    answer(Call.STATE, request -> Replicas.answer(here, request));
  }

  /** Who answers such calls from now on. */
  public void answer(Call call, Answers from) {
    answers.put(call, from);
  }

  @Override
  public void serve(Handler handler) throws IOException {
    network.serve((call, caller, request) ->
        BESIDE_THE_LOG.contains(call)
            ? answer(call, request)
            : handler.handle(call, caller, request));
  }

  private byte[] answer(Call call, byte[] request) throws IOException {
    Answers from = answers.get(call);
    if (from == null) {
      throw new IOException("not ready");
    }
    return from.answer(request);
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
