package dev.capstan.spring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The client of a cluster.
 *
 * @param enabled Whether there is a client.
 * @param servers Addresses of HTTP APIs of coordinators, such as https://coordinator-1:7480. Those
 *     of the credential without any, or http://127.0.0.1:7480.
 * @param credential File of 'capstan cluster init' or of an administrator with servers, API key and
 *     authority of a cluster. Only its owner may read it.
 * @param token API key, instead of that of the credential.
 * @param sslBundle SSL bundle that says whom to believe, instead of the authority of the
 *     credential.
 * @param connectTimeout How long to wait for a connection.
 * @param requestTimeout How long to wait for an answer, beyond the time that the server is asked to
 *     wait.
 */
@ConfigurationProperties("capstan.client")
public record CapstanClientProperties(
    @DefaultValue("true") boolean enabled,
    @DefaultValue List<String> servers,
    @Nullable Path credential,
    @Nullable String token,
    @Nullable String sslBundle,
    @DefaultValue("3s") Duration connectTimeout,
    @DefaultValue("30s") Duration requestTimeout) {

  public CapstanClientProperties {
    servers = List.copyOf(servers);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "capstan.client[servers=" + servers + ", credential=" + credential + "]";
  }
}
