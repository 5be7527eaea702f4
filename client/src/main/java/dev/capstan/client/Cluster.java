package dev.capstan.client;

import java.util.List;

/**
 * The cluster as one coordinator sees it.
 *
 * @param coordinator name of the coordinator that answered
 * @param nodes how many worker nodes there are
 */
public record Cluster(
    String id,
    String version,
    String coordinator,
    String grpcAddress,
    List<Coordinator> coordinators,
    List<Partition> partitions,
    int nodes) {}
