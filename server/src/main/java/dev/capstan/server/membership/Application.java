package dev.capstan.server.membership;

import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.SecretDigest;
import org.jspecify.annotations.Nullable;

/**
 * A machine wants to become a node.
 *
 * @param token id of the join token that it shows
 * @param secret digest of the token's secret
 * @param node the name that it wants to have
 * @param request for a certificate, PKCS#10
 * @param peerRequest for one towards other coordinators; null for a worker
 * @param place where it will be; null for a worker
 * @param wallMillis what its clock says; null where it does not tell
 * @param from the address that it comes from, for the audit
 */
@SuppressWarnings("ArrayRecordComponent") // Requests are passed on, never compared.
record Application(
    String token,
    SecretDigest secret,
    Role role,
    String node,
    byte[] request,
    byte @Nullable [] peerRequest,
    @Nullable CoordinatorPlace place,
    @Nullable Long wallMillis,
    String from) {

  /** Names equal attempts: one that is refused once is refused again. */
  String asking() {
    return String.join("/", token, role.word(), node);
  }
}
