package dev.capstan.server.membership;

import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.Authenticator;
import java.time.Duration;
import java.util.List;

/** Knows people and services by API keys of the cluster, sent as bearer tokens (RFC 6750). */
public final class KeyAuthenticator implements Authenticator {
  private static final String HEADER = "Authorization";

  private final KeyDoor door;

  /** For the keys of a cluster. */
  public KeyAuthenticator(KeyDoor door) {
    this.door = door;
  }

  @Override
  public Principal authenticate(Credentials request) {
    return switch (door.look(request.header(HEADER), request.remoteAddress())) {
      case KeyDoor.Finding.Known(ShownKey key) -> key.principal();
      case KeyDoor.Finding.NotYet() ->
          throw new Refusal(
              Refusal.Code.NOT_READY,
              "This coordinator does not know the cluster's API keys yet",
              "Ask again in a moment, or another coordinator",
              Duration.ofMillis(200),
              List.of());
      case KeyDoor.Finding.Refused(KeyFault _, String what) ->
          throw new Refusal(
              Refusal.Code.UNAUTHENTICATED,
              what,
              "Send one as Authorization: Bearer capk_...; the command line takes it from"
                  + " --credential FILE or CAPSTAN_CREDENTIAL");
    };
  }

  @Override
  public Stay stay(Credentials request, Principal sender, Runnable end) {
    ShownKey key = door.again(request.header(HEADER));
    if (key == null || !key.principal().equals(sender)) {
      end.run();
      return () -> {};
    }
    return door.calls().enter(key, end)::close;
  }
}
