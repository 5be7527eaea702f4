package dev.capstan.spring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The worker that offers the functions of the application.
 *
 * @param enabled Whether the functions of the application are offered.
 * @param servers Coordinators of the cluster, as host:port of their gRPC; one is enough. Without
 *     any they are looked for as the configuration file says, or in the local network.
 * @param joinToken Token for a worker that joins the cluster for the first time, from 'capstan
 *     cluster join-token --role worker'.
 * @param joinTokenFile File with the join token, instead of the token itself.
 * @param name Name of the node in the cluster. That of the machine without it.
 * @param data Directory with the key and the certificate of the node, to be the same node when the
 *     application starts again. '.capstan-worker' without it.
 * @param slots How many functions run at a time. What the configuration file says without it, or
 *     50.
 * @param labels What tasks can ask of the node, such as zone.
 * @param leaveGrace How long running functions may go on when the application stops. Without it
 *     they are handed back at once, and run on another node.
 * @param config Configuration file of the node, as for 'capstan worker --config'.
 * @param dev Whether to work for 'capstan dev' on this machine instead of a cluster.
 * @param devPort Port of the gRPC of 'capstan dev'.
 */
@ConfigurationProperties("capstan.worker")
public record CapstanWorkerProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue List<String> servers,
    @Nullable String joinToken,
    @Nullable Path joinTokenFile,
    @Nullable String name,
    @Nullable Path data,
    @Nullable Integer slots,
    @DefaultValue Map<String, String> labels,
    @Nullable Duration leaveGrace,
    @Nullable Path config,
    @DefaultValue("false") boolean dev,
    @DefaultValue("7481") int devPort) {

  public CapstanWorkerProperties {
    servers = List.copyOf(servers);
    labels = Map.copyOf(labels);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "capstan.worker[name=" + name + ", servers=" + servers + ", dev=" + dev + "]";
  }
}
