package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.security.tls.PeerIdentity;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.http.Destinations;
import dev.capstan.server.http.HttpSecurity;
import dev.capstan.server.http.HttpServer;
import dev.capstan.server.http.HttpSettings;
import dev.capstan.server.http.PortInUse;
import dev.capstan.server.membership.CallGuard;
import dev.capstan.server.membership.KeyAuthenticator;
import dev.capstan.server.membership.MembershipService;
import dev.capstan.server.metrics.Metrics;
import io.grpc.ServerInterceptor;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How a coordinator is reached: open on loopback, or guarded. */
final class Listeners {
  private final CoordinatorConfig config;
  private final @Nullable Protection protection;

  Listeners(CoordinatorConfig config, @Nullable Protection protection) {
    this.config = config;
    this.protection = protection;
  }

  /** Tells who calls the gRPC method that runs in the current context. */
  Supplier<Principal> principal() {
    return protection == null ? () -> Principal.LOCAL : CallGuard::principal;
  }

  /** What looks at each gRPC call, in order. */
  List<ServerInterceptor> interceptors() {
    return protection == null
        ? List.of()
        : List.of(
            PeerIdentity.interceptor(protection.trust()),
            new CallGuard(protection.door()),
            MembershipService.caller());
  }

  HttpServer http(int port, Gateway gateway, Metrics metrics, Destinations destinations) {
    HttpSecurity security =
        protection == null
            ? HttpSecurity.LOOPBACK
            : new HttpSecurity(
                new KeyAuthenticator(protection.door()), protection.http(), protection.onward());
    try {
      return HttpServer.start(
          HttpSettings.ofDefaults(config.httpHost(), port),
          gateway,
          security,
          metrics,
          destinations,
          config.coordinator());
    } catch (PortInUse e) {
      String owner = e.owner();
      throw unreachable(
          "Port "
              + port
              + " on "
              + config.httpHost()
              + " is taken"
              + (owner == null ? "" : " by " + owner),
          "stop what uses the port, or choose another one; 0 takes any that is free",
          e);
    } catch (UncheckedIOException e) {
      throw unreachable(
          String.valueOf(e.getMessage()), "choose another port; 0 takes any that is free", e);
    }
  }

  private static StartupRefusal unreachable(String what, String remedy, Exception cause) {
    return new StartupRefusal(
        StartupRefusal.Code.ADDRESS_UNAVAILABLE,
        what,
        "Nobody could reach the HTTP API",
        remedy,
        cause);
  }
}
