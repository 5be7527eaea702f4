package dev.capstan.worker;

import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.process.Tools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a worker node is and may do. Immutable.
 *
 * @param nodeId stable across restarts of the same node
 * @param name what people call it
 * @param slots how many attempts run at a time
 * @param labels zone, cloud, anything that placement may ask for
 * @param builtIns the executors of the worker itself that are enabled
 * @param executors more executors; a kind they share with a built-in one is theirs
 * @param limits what one attempt may use
 * @param workingDirectory where the directories of attempts are made; created when missing
 * @param inheritedEnvironment names of the worker's own environment variables that programs get too
 * @param version of the worker, told to coordinators and HTTP servers
 * @param leaveGrace how long {@link Worker#close()} lets running attempts go on
 * @param leaveGraceOnce the same for attempts of tasks that are not to run twice; the longer counts
 * @param timing of sessions
 * @param tools finds what is on this machine
 * @param lookEvery how often it looks again
 */
public record WorkerOptions(
    String nodeId,
    String name,
    int slots,
    Map<String, String> labels,
    Set<BuiltIn> builtIns,
    List<Executor> executors,
    Limits limits,
    Path workingDirectory,
    List<String> inheritedEnvironment,
    String version,
    Duration leaveGrace,
    Duration leaveGraceOnce,
    SessionTiming timing,
    Tools tools,
    Duration lookEvery) {

  /**
   * Enough of an environment for programs to be found and to speak the node's language; no secrets
   * of the worker.
   */
  private static final List<String> PLAIN_ENVIRONMENT =
      List.of("PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR");

  public WorkerOptions {
    if (nodeId.isBlank()) {
      throw new IllegalArgumentException("nodeId must not be blank");
    }
    if (slots < 1) {
      throw new IllegalArgumentException("slots must be at least 1: " + slots);
    }
    if (!lookEvery.isPositive()) {
      throw new IllegalArgumentException("lookEvery must be greater than 0: " + lookEvery);
    }
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    builtIns =
        builtIns.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(builtIns));
    executors = List.copyOf(executors);
    inheritedEnvironment = List.copyOf(inheritedEnvironment);
  }

  /** Options of the node with this id, all built-in executors enabled, to be changed as needed. */
  public static Builder builder(String nodeId) {
    return new Builder(nodeId);
  }

  /** Collects options. Not safe for concurrent use. */
  public static final class Builder {

    private final String nodeId;
    private final Map<String, String> labels = new TreeMap<>();
    private final List<Executor> executors = new ArrayList<>();
    private @Nullable String name;
    private int slots = 50;
    private Set<BuiltIn> builtIns = EnumSet.allOf(BuiltIn.class);
    private Limits limits = Limits.ofDefaults();
    private Path workingDirectory = Path.of(System.getProperty("java.io.tmpdir"), "capstan-worker");
    private List<String> inheritedEnvironment = PLAIN_ENVIRONMENT;
    private String version =
        Objects.requireNonNullElse(
            WorkerOptions.class.getPackage().getImplementationVersion(), "dev");
    private Duration leaveGrace = Duration.ZERO;
    private Duration leaveGraceOnce = Duration.ofSeconds(10);
    private SessionTiming timing = SessionTiming.ofDefaults();
    private Tools tools = Tools.ofThisMachine();
    private Duration lookEvery = Duration.ofSeconds(1);

    private Builder(String nodeId) {
      this.nodeId = nodeId;
    }

    /** What people call the node; its id when not said. */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /** How many attempts run at a time; 50 when not said. */
    public Builder slots(int value) {
      slots = value;
      return this;
    }

    /** Adds a label. */
    public Builder label(String key, String value) {
      labels.put(key, value);
      return this;
    }

    /** Adds labels. */
    public Builder labels(Map<String, String> values) {
      labels.putAll(values);
      return this;
    }

    /** The built-in executors to enable, instead of all. */
    public Builder builtIns(Set<BuiltIn> values) {
      builtIns = values;
      return this;
    }

    /** Adds an executor. */
    public Builder executor(Executor value) {
      executors.add(value);
      return this;
    }

    /** What one attempt may use. */
    public Builder limits(Limits value) {
      limits = value;
      return this;
    }

    /** Where directories of attempts are made. */
    public Builder workingDirectory(Path value) {
      workingDirectory = value;
      return this;
    }

    /**
     * The worker's own environment variables that programs get too, instead of the few plain ones.
     */
    public Builder inheritedEnvironment(List<String> names) {
      inheritedEnvironment = names;
      return this;
    }

    /** The version to tell others. */
    public Builder version(String value) {
      version = value;
      return this;
    }

    /** How long {@link Worker#close()} lets running attempts go on; not at all when not said. */
    public Builder leaveGrace(Duration value) {
      leaveGrace = value;
      return this;
    }

    /**
     * The same for attempts of tasks that are not to run twice ({@code recovery: fail}) and would
     * fault if they were handed back; 10 s when not said. A longer {@link #leaveGrace} counts.
     */
    public Builder leaveGraceOnce(Duration value) {
      leaveGraceOnce = value;
      return this;
    }

    /** Timing of sessions. */
    public Builder timing(SessionTiming value) {
      timing = value;
      return this;
    }

    /** Finds what is on this machine. */
    public Builder tools(Tools value) {
      tools = value;
      return this;
    }

    /** How often the node looks whether what is on it has changed; 1 s when not said. */
    public Builder lookEvery(Duration value) {
      lookEvery = value;
      return this;
    }

    /**
     * The finished options.
     *
     * @throws IllegalArgumentException when one of them makes no sense
     */
    public WorkerOptions build() {
      return new WorkerOptions(
          nodeId,
          Objects.requireNonNullElse(name, nodeId),
          slots,
          labels,
          builtIns,
          executors,
          limits,
          workingDirectory,
          inheritedEnvironment,
          version,
          leaveGrace,
          leaveGraceOnce,
          timing,
          tools,
          lookEvery);
    }
  }
}
