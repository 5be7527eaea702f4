package dev.capstan.server.partition;

import dev.capstan.core.decision.Decider;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.Entropy;
import dev.capstan.server.store.Store;

/**
 * Everything that a partition works with but its log, which needs the partition first.
 *
 * @param definitions compiled definitions by hash, over the same store
 * @param deployed definitions by name, for executions that start others
 * @param commits hears of every committed change
 * @param events hears of what becomes of the partition
 */
public record PartitionSetup(
    Store store,
    DefinitionCache definitions,
    Definitions deployed,
    Decider decider,
    NodeBoard nodes,
    Router router,
    PartitionRequests.CommitListener commits,
    PartitionListener events,
    Clock clock,
    Entropy entropy,
    PartitionLimits limits) {}
