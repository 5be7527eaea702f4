package dev.capstan.cli.bench;

import dev.capstan.cli.local.LogFile;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.security.provider.NativeCrypto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code capstan bench}: measures an engine on this machine. */
@Command(
    name = "bench",
    description = {
      "Measures how fast the engine is on this machine.",
      "An engine with its log on disk (fsync on), a worker and the load generator run in this process and talk over gRPC on loopback.",
      "Rows: W1 one task, W2 ten tasks in sequence, W3 fan-out of 100 and join, W4 10,000 timers, W5 start call to task handler,"
          + " W6 100,000 waiting executions.",
      "Before the first row, W1 with 64 in flight warms the virtual machine up.",
      "With --coordinators or --workers it measures a cluster of processes, and what is promised of it: registration, dispatch,"
          + " followers, the leader and workers killed and stopped, many workers with many tasks, and that nothing acknowledged is"
          + " lost. It ends with 1 if there were errors, something was lost, or a promise was broken."
    })
public final class BenchCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--workloads",
      split = ",",
      paramLabel = "W",
      description = "Which rows, such as W1,W5 (default: all).")
  private List<Workload> workloads = List.of(Workload.values());

  @Option(
      names = "--in-flight",
      split = ",",
      paramLabel = "N",
      description = "Executions at a time (default: 1,64,512).")
  private List<Integer> inFlight = List.of(1, 64, 512);

  @Option(names = "--warm-up", paramLabel = "D", description = "Before each row (default: 10s).")
  private String warmUp = "10s";

  @Option(
      names = "--window",
      paramLabel = "D",
      description = "Length of one measurement (default: 5s).")
  private String window = "5s";

  @Option(
      names = "--windows",
      paramLabel = "N",
      description = "Measurements of a row (default: 3).")
  private int windows = 3;

  @Option(
      names = "--payload",
      paramLabel = "BYTES",
      description = "Size of each input (default: 200).")
  private int payload = 200;

  @Option(
      names = "--waiting",
      paramLabel = "N",
      description = "Executions that wait in W6 (default: 100000).")
  private int waiting = 100_000;

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Where the log is written (default: a folder under .capstan, removed afterwards).")
  private @Nullable Path data;

  @Option(
      names = "--output",
      paramLabel = "text|json",
      description = "What standard output gets (default: text).")
  private String output = "text";

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the report as an HTML page with plots; that of a cluster as a table (.md) or as .json.")
  private @Nullable Path report;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  boolean help;

  @Option(names = "--debug", description = "Shows details of failures.")
  boolean debug;

  /** A command on this console. */
  public BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!output.equals("json") && !output.equals("text")) {
      throw CliFailure.misuse("--output is \"" + output + "\"", "write text or json");
    }
    BenchOptions options = options();
    boolean json = output.equals("json");
    Consumer<String> talk = json ? console::talk : console::data;
    if (cluster.wanted()) {
      return cluster(options, json, talk);
    }
    Path folder = folder();
    List<Sample> samples;
    long disk;
    try (BenchRun run = new BenchRun(folder)) {
      talk.accept(machine());
      talk.accept(BenchReport.header());
      samples =
          run.run(
              options,
              this::progress,
              this::progress,
              sample -> talk.accept(BenchReport.row(sample)));
      disk = run.diskBytes();
    } finally {
      if (data == null) {
        remove(folder);
        remove(folder.resolveSibling(folder.getFileName() + "-work"));
      }
    }
    talk.accept(String.format(Locale.ROOT, "data directory at the end: %,d kB", disk >> 10));
    BenchReport result = new BenchReport(samples, machine());
    if (json) {
      console.data(result.json());
    }
    if (report != null) {
      Files.writeString(report, result.html(), StandardCharsets.UTF_8);
    }
    return samples.stream().anyMatch(sample -> sample.errors() > 0) ? 1 : 0;
  }

  private int cluster(BenchOptions options, boolean json, Consumer<String> talk)
      throws IOException, InterruptedException {
    if (report != null && !isTable(report) && !isJson(report)) {
      throw CliFailure.misuse(
          "--report of a cluster is \"" + report + "\"",
          "name a file that ends in .md for a table, or in .json");
    }
    NativeCrypto.install();
    Path folder = folder();
    talk.accept(machine());
    List<List<Measure>> runs = new ArrayList<>();
    try {
      for (int run = 1; run <= cluster.runCount(); run++) {
        try (ClusterBench bench =
            new ClusterBench(
                folder.resolve("run" + run),
                cluster,
                options,
                console.environment(),
                this::progress,
                talk)) {
          runs.add(bench.run());
        }
      }
    } finally {
      if (data == null) {
        remove(folder);
      }
    }
    ClusterRuns result = new ClusterRuns(commandLine(), machine(), runs);
    if (json) {
      console.data(result.json());
    }
    if (report != null) {
      Files.writeString(
          report, isJson(report) ? result.json() : result.markdown(), StandardCharsets.UTF_8);
    }
    return result.isSound() && (cluster.lenient || result.isKept()) ? ExitCode.OK : ExitCode.FAILED;
  }

  private static boolean isTable(Path file) {
    return file.toString().endsWith(".md");
  }

  private static boolean isJson(Path file) {
    return file.toString().endsWith(".json");
  }

  private String commandLine() {
    return String.format(
        Locale.ROOT,
        "capstan bench --coordinators %d --workers %d --tasks %d --silent-tasks %d --kills %d --runs %d --warm-up %s --window %s --windows %d --payload %d",
        cluster.coordinatorCount(),
        cluster.workerCount(),
        cluster.taskCount(),
        cluster.silentTaskCount(),
        cluster.killCount(),
        cluster.runCount(),
        warmUp,
        window,
        windows,
        payload);
  }

  private Path folder() throws IOException {
    Path folder =
        data != null
            ? data
            : Files.createDirectories(Path.of(".capstan"))
                .resolve("bench-" + ProcessHandle.current().pid());
    LogFile.open(folder);
    return folder;
  }

  private BenchOptions options() {
    try {
      cluster.check();
      return new BenchOptions(
          workloads, inFlight, duration(warmUp), duration(window), windows, payload, waiting);
    } catch (IllegalArgumentException e) {
      throw CliFailure.misuse(String.valueOf(e.getMessage()), "see capstan bench --help");
    }
  }

  private void progress(Workload workload, int inFlight, String what, double perSecond) {
    progress(
        String.format(
            Locale.ROOT,
            "%s %s, %,d in flight, %s: %,.0f/s",
            workload,
            workload.title(),
            inFlight,
            what,
            perSecond));
  }

  private void progress(String what) {
    if (console.errIsTerminal()) {
      console.err().print("\r\u001b[K" + what + "\r");
      console.err().flush();
    }
  }

  private static String machine() {
    return String.format(
        Locale.ROOT,
        "%d processors, Java %s, %s %s, heap at most %,d MB",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        Runtime.getRuntime().maxMemory() >> 20);
  }

  private static Duration duration(String text) {
    try {
      return Duration.parse("PT" + text);
    } catch (DateTimeParseException e) {
      throw CliFailure.misuse("\"" + text + "\" is no duration", "write 10s or 1m30s");
    }
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
