package dev.capstan.server.membership;

import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinGrant;
import dev.capstan.security.token.SecretDigest;
import dev.capstan.server.store.Change;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A join token as it is stored.
 *
 * @param creator who made it
 * @param usedKey the key that was signed for it, in hexadecimal; null as long as none was
 * @param usedPeerKey the key towards other coordinators; null for a worker
 */
record GrantRow(
    JoinGrant grant, String creator, @Nullable String usedKey, @Nullable String usedPeerKey) {

  static GrantRow fresh(JoinGrant grant, String creator) {
    return new GrantRow(grant, creator, null, null);
  }

  static GrantRow read(byte[] value) {
    var row = ClusterRows.grant(value);
    JoinGrant grant =
        new JoinGrant(
            row.getId(),
            new SecretDigest(row.getSecretDigest()),
            Role.ofWord(row.getRole()),
            row.hasNode() ? row.getNode() : null,
            Instant.ofEpochMilli(row.getExpiresMillis()),
            row.hasUsedBy() ? row.getUsedBy() : null,
            row.getWrongGuesses());
    return new GrantRow(
        grant,
        row.getCreatedBy(),
        row.hasUsedKey() ? row.getUsedKey() : null,
        row.hasUsedPeerKey() ? row.getUsedPeerKey() : null);
  }

  /** The same with another state of the grant. */
  GrantRow with(JoinGrant changed) {
    return new GrantRow(changed, creator, usedKey, usedPeerKey);
  }

  /** The same, spent for these keys. */
  GrantRow spent(JoinGrant after, RequestedKeys keys) {
    Pin peers = keys.peers();
    return new GrantRow(after, creator, keys.nodes().hex(), peers == null ? null : peers.hex());
  }

  /** Whether it was spent for these keys and no others. */
  boolean isSpentFor(RequestedKeys keys) {
    return usedKey != null && equals(spent(grant, keys));
  }

  Change put() {
    var row =
        dev.capstan.api.storage.v1.JoinGrant.newBuilder()
            .setId(grant.id())
            .setSecretDigest(grant.secret().hex())
            .setRole(grant.role().word())
            .setExpiresMillis(grant.expiresAt().toEpochMilli())
            .setWrongGuesses(grant.wrongGuesses())
            .setCreatedBy(creator);
    String node = grant.node();
    if (node != null) {
      row.setNode(node);
    }
    String usedBy = grant.usedBy();
    if (usedBy != null) {
      row.setUsedBy(usedBy);
    }
    if (usedKey != null) {
      row.setUsedKey(usedKey);
    }
    if (usedPeerKey != null) {
      row.setUsedPeerKey(usedPeerKey);
    }
    return ClusterRows.put(ClusterRows.GRANT, grant.id(), row.build().toByteArray());
  }
}
