package dev.capstan.cli.bench;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.security.tls.Credential;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Clients of a cluster: one that asks whichever coordinator answers, and one for each alone. */
final class Doors implements AutoCloseable {
  private final CapstanClient all;
  private final Map<String, CapstanClient> single = new TreeMap<>();

  Doors(LocalCluster cluster, Credential credential, int coordinators) {
    all = open(credential, credential.servers());
    for (int i = 1; i <= coordinators; i++) {
      single.put("c" + i, open(credential, List.of("https://" + cluster.http("c" + i))));
    }
  }

  private static CapstanClient open(Credential credential, List<String> servers) {
    return CapstanClient.builder()
        .servers(servers)
        .token(credential.key())
        .tls(credential.tls())
        .build();
  }

  /** Asks any coordinator, as clients usually do. */
  CapstanClient any() {
    return all;
  }

  /** Asks each coordinator about itself, by its name. */
  Map<String, CapstanClient> each() {
    return single;
  }

  @Override
  public void close() {
    all.close();
    single.values().forEach(CapstanClient::close);
  }
}
