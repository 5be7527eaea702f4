/**
 * A whole cluster on one thread in virtual time, from a seed: the coordinators' partitions, one or
 * several, what those tell each other, who leads and who belongs to the cluster, sessions and
 * placement and the workers as they are, over a modelled log, network, disk and clock. Whatever can
 * go wrong goes wrong, and whatever operators can say is said, at any step; what must hold is
 * checked after every one.
 */
@NullMarked
package dev.capstan.verify.simulation;

import org.jspecify.annotations.NullMarked;
