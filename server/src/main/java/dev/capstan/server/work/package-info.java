/**
 * Workers that speak HTTP. The coordinator that leads a partition holds a session for each of them,
 * the same that other workers hold themselves; so placement, tokens and takeover are one mechanism.
 */
@NullMarked
package dev.capstan.server.work;

import org.jspecify.annotations.NullMarked;
