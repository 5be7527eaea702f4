package dev.capstan.server.membership;

import dev.capstan.security.token.SecretDigest;
import dev.capstan.server.gateway.Principal;

/**
 * An API key that was the cluster's when it was shown; without its secret.
 *
 * @param principal whose it was then
 */
record ShownKey(String id, SecretDigest digest, Principal principal) {}
