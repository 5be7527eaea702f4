package dev.capstan.server.agreement;

import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network between replicas, on which questions for the state are answered too. They are
 * answered beside the log: a replica whose log stands still can be asked.
 */
public final class AnsweringNetwork implements PeerNetwork {
  private final PeerNetwork network;
  private final AtomicReference<@Nullable Replicas> replicas = new AtomicReference<>();

  /** Around the network of the log. */
  public AnsweringNetwork(PeerNetwork network) {
    this.network = network;
  }

  /** Who answers from now on. */
  public void answerFrom(Replicas here) {
    replicas.set(here);
  }

  @Override
  public void serve(Handler handler) throws IOException {
    network.serve((call, caller, request) ->
        call == Call.STATE ? answer(request) : handler.handle(call, caller, request));
  }

  private byte[] answer(byte[] request) throws IOException {
    Replicas here = replicas.get();
    if (here == null) {
      throw new IOException("not ready");
    }
    return here.answer(request);
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
