package dev.capstan.core.decision;

import java.time.Instant;

/**
 * When a command is decided, and the chance that it has: both come from outside, so that the same
 * command on the same state at the same moment is always decided the same way.
 *
 * @param random seeds whatever is drawn during the decision
 */
public record Moment(Instant now, long random) {}
