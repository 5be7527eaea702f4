package dev.capstan.server.engine;

import dev.capstan.security.identity.Role;
import dev.capstan.server.gateway.Gateway.NodeRole;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.JoinTokenView;
import dev.capstan.server.membership.Registrar;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What operators do with the nodes that belong to the cluster. */
final class MemberOperations {
  private final @Nullable Registrar registrar;

  MemberOperations(@Nullable Registrar registrar) {
    this.registrar = registrar;
  }

  CompletableFuture<JoinTokenView> invite(
      Principal principal, NodeRole role, @Nullable String node, Duration life) {
    Role wanted =
        switch (role) {
          case COORDINATOR -> Role.COORDINATOR;
          case WORKER -> Role.WORKER;
        };
    return registrar()
        .invite(wanted, node, life, principal.name())
        .thenApply(invitation ->
            new JoinTokenView(
                invitation.token().text(),
                invitation.token().id(),
                wanted.word(),
                invitation.expiresAt()));
  }

  KeyDesk keys() {
    return registrar().keys();
  }

  CompletableFuture<Void> dismiss(Principal principal, String coordinator) {
    return registrar().coordinators().dismiss(coordinator, principal.name());
  }

  CompletableFuture<Void> drain(Principal principal, String coordinator, boolean drained) {
    return registrar().coordinators().drain(coordinator, drained, principal.name());
  }

  private Registrar registrar() {
    Registrar present = registrar;
    if (present == null) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE,
          "This engine serves this machine alone, and no other node can join it",
          "Make a cluster: capstan cluster init");
    }
    return present;
  }
}
