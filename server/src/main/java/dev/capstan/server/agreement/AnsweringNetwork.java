package dev.capstan.server.agreement;

import dev.capstan.server.log.PeerNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The network between replicas, on which what is not for the log is answered too. It is answered
 * beside the log: a replica whose log stands still can be asked.
 */
public final class AnsweringNetwork implements PeerNetwork {
  private final PeerNetwork network;
  private final AtomicReference<@Nullable Replicas> replicas = new AtomicReference<>();
  private final AtomicReference<@Nullable Places> places = new AtomicReference<>();

  /** Takes down where coordinators are; any thread. */
  @FunctionalInterface
  public interface Places {
    /**
     * A coordinator tells where it is; returns when that is durable.
     *
     * @param caller the coordinator that the caller has proven to be; null where nobody need
     * @throws IOException if it could not be stored
     */
    void told(@Nullable String caller, byte[] place) throws IOException;
  }

  /** Around the network of the log. */
  public AnsweringNetwork(PeerNetwork network) {
    this.network = network;
  }

  /** Who answers from now on. */
  public void answerFrom(Replicas here) {
    replicas.set(here);
  }

  /** Who takes down places from now on. */
  public void takeDown(Places here) {
    places.set(here);
  }

  @Override
  public void serve(Handler handler) throws IOException {
    network.serve((call, caller, request) ->
        switch (call) {
          case STATE -> answer(request);
          case PLACE -> takeDown(caller, request);
          case VOTE, APPEND, SNAPSHOT, STAND, REACH, TERM -> handler.handle(call, caller, request);
        });
  }

  private byte[] takeDown(@Nullable String caller, byte[] place) throws IOException {
    Places here = places.get();
    if (here == null) {
      throw new IOException("not ready");
    }
    here.told(caller, place);
    return new byte[0];
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
