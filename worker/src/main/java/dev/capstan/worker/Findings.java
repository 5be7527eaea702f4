package dev.capstan.worker;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Capacity;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.process.Tools;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node found on itself at one moment. Costs some looks at the file system and starts no
 * program.
 *
 * @param executors by kind, for the kinds that can be run here at present
 * @param found what placement takes for labels: {@code os}, {@code arch}, {@code gpu}, tools
 * @param processors that the JVM may use
 * @param memoryBytes of the machine or of its container
 * @param diskBytes of the disk that attempts work on
 */
record Findings(
    Map<String, Executor> executors,
    Map<String, String> found,
    int processors,
    long memoryBytes,
    long diskBytes) {
  Findings {
    executors = Collections.unmodifiableMap(new TreeMap<>(executors));
    found = Collections.unmodifiableMap(new TreeMap<>(found));
  }

  /**
   * Looks.
   *
   * @param executors of the node; later ones take the kinds that they share with earlier ones
   */
  static Findings look(Collection<Executor> executors, Tools tools, Path workingDirectory) {
    Map<String, Executor> byKind = new TreeMap<>();
    executors.forEach(executor -> executor.kinds().forEach(kind -> byKind.put(kind, executor)));
    return new Findings(
        byKind,
        tools.find(),
        Runtime.getRuntime().availableProcessors(),
        memoryOfMachine(),
        workingDirectory.toFile().getTotalSpace());
  }

  private static long memoryOfMachine() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  Capacity capacity() {
    return Capacity.newBuilder()
        .setProcessors(processors)
        .setMemoryBytes(memoryBytes)
        .setDiskBytes(diskBytes)
        .build();
  }

  Capabilities capabilities() {
    return Capabilities.newBuilder()
        .addAllKinds(executors.keySet())
        .setCapacity(capacity())
        .putAllFound(found)
        .build();
  }
}
