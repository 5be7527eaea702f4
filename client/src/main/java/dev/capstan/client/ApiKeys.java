package dev.capstan.client;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What administrators do with the API keys of a cluster. May be used by any thread. */
public final class ApiKeys {
  private static final String PATH = "/v1/cluster/keys";

  private final CapstanClient client;

  /** By a client, which stays the caller's. */
  public ApiKeys(CapstanClient client) {
    this.client = client;
  }

  /**
   * Makes a key.
   *
   * @param role administrator, or worker, which may take tasks over HTTP and nothing else
   */
  public CompletableFuture<NewApiKey> issue(String principal, String role) {
    String body =
        JsonNodeFactory.instance
            .objectNode()
            .put("principal", principal)
            .put("role", role)
            .toString();
    return client
        .call(Request.post(PATH).body("application/json", body))
        .thenApply(answer -> answer.as(NewApiKey.class));
  }

  /** All keys. */
  public CompletableFuture<List<ApiKey>> all() {
    return client.list(PATH, "keys", ApiKey.class);
  }

  /** Makes a key worth nothing. */
  public CompletableFuture<Void> revoke(String id) {
    return client.call(Request.delete(PATH + "/" + QueryString.encode(id))).thenAccept(_ -> {});
  }
}
