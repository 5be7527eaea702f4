/**
 * Who belongs to the cluster: coordinators and where they are, nodes that were let in or put out,
 * join tokens and API keys. Rows say it, so every coordinator knows.
 */
@NullMarked
package dev.capstan.server.membership;

import org.jspecify.annotations.NullMarked;
