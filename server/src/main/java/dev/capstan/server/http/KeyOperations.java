package dev.capstan.server.http;

import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.KeyDesk.IssuedKey;
import dev.capstan.server.gateway.KeyDesk.KeyView;
import dev.capstan.server.gateway.KeyRole;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.Described;
import java.time.Instant;
import java.util.List;

/** API keys of a cluster. */
final class KeyOperations {
  private static final String TAG = "cluster";
  private static final String PATH = "/v1/cluster/keys";

  private final Gateway gateway;

  KeyOperations(Gateway gateway) {
    this.gateway = gateway;
  }

  @Described("Whom a key is for, and what it allows")
  record KeyRequest(
      @Described("Name of whom it belongs to, which the audit shows") String principal,
      @Described("administrator, or worker, which may take tasks over HTTP and nothing else")
          String role) {}

  @Described("An API key, without its secret")
  record Key(String id, String principal, String role, Instant createdAt, String createdBy) {
    static Key of(KeyView view) {
      return new Key(
          view.id(), view.principal(), view.role().word(), view.createdAt(), view.createdBy());
    }
  }

  @Described("A new API key, which is not shown again")
  record NewKey(String key, String id, String principal, String role, Instant createdAt) {
    static NewKey of(IssuedKey issued) {
      KeyView view = issued.key();
      return new NewKey(
          issued.text(), view.id(), view.principal(), view.role().word(), view.createdAt());
    }
  }

  record KeyList(List<Key> keys) {}

  List<Operation> operations() {
    return List.of(issue(), list(), revoke());
  }

  private Operation issue() {
    return Operation.post(PATH, "createKey")
        .tag(TAG, Permissions.CLUSTER_CONTROL)
        .summary("Makes an API key")
        .takes(KeyRequest.class)
        .gives(201, "The key, which is not shown again", NewKey.class)
        .handledBy(call -> {
          KeyRequest wanted = call.body(KeyRequest.class);
          return Answer.json(
              201,
              NewKey.of(
                  call.await(
                      gateway
                          .keys()
                          .issue(call.principal(), wanted.principal(), role(wanted.role())))));
        });
  }

  private static KeyRole role(String word) {
    return KeyRole.of(word)
        .orElseThrow(() ->
            new Refusal(
                Refusal.Code.INVALID_REQUEST,
                "\"role\" is \"" + word + "\"",
                "It must be administrator or worker"));
  }

  private Operation list() {
    return Operation.get(PATH, "listKeys")
        .tag(TAG, Permissions.CLUSTER_READ)
        .summary("Lists the API keys, without their secrets")
        .gives(200, "The keys", KeyList.class)
        .handledBy(call ->
            Answer.json(
                200,
                new KeyList(gateway.keys().keys(call.principal()).stream().map(Key::of).toList())));
  }

  private Operation revoke() {
    return Operation.delete(PATH + "/{id}", "revokeKey")
        .tag(TAG, Permissions.CLUSTER_CONTROL)
        .summary("Makes an API key worth nothing")
        .with(Parameter.path("id", "Id of the key: what stands between the two _ of its text"))
        .gives(204, "It is worth nothing")
        .handledBy(call -> {
          call.await(gateway.keys().revoke(call.principal(), call.path("id")));
          return Answer.empty(204);
        });
  }
}
