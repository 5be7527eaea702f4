package dev.capstan.cli;

import dev.capstan.cli.bench.BenchCommand;
import dev.capstan.cli.demo.DemoServiceCommand;
import dev.capstan.cli.terminal.Console;
import java.util.List;

/**
 * The commands by name. A command's class is loaded only when it is the one that was asked for,
 * which keeps the program quick: a list of words is all that the help needs.
 */
final class Commands {
  private Commands() {}

  /**
   * A command.
   *
   * @param group under which heading the help shows it
   */
  record Entry(String group, String name, String arguments, String summary) {}

  private static final String HERE = "On this machine";
  private static final String CLUSTER = "On several machines";
  private static final String SERVER = "On a server";
  private static final String HELP = "Help";

  /** In the order of the help. */
  static final List<Entry> ALL =
      List.of(
          new Entry(HERE, "run", "FILE", "run a definition to its end, with an engine of its own"),
          new Entry(HERE, "validate", "FILE...", "check definitions, with line and column"),
          new Entry(HERE, "test", "FILE...", "run the cases of test files, in virtual time"),
          new Entry(HERE, "fmt", "FILE...", "lay out definitions, comments and meaning kept"),
          new Entry(HERE, "graph", "FILE", "draw a definition, for Mermaid or as SVG"),
          new Entry(HERE, "schema", "", "print a JSON schema of definitions, for editors"),
          new Entry(HERE, "dev", "", "an engine with an HTTP API on loopback"),
          new Entry(HERE, "bench", "", "measure the engine on this machine"),
          new Entry(HERE, "demo-service", "", "the service that the order example calls"),
          new Entry(CLUSTER, "server", "", "a coordinator of a cluster"),
          new Entry(CLUSTER, "worker", "", "a worker of a cluster"),
          new Entry(CLUSTER, "cluster", "[WORD]", "make, show and change a cluster"),
          new Entry(SERVER, "deploy", "FILE...", "deploy definitions"),
          new Entry(SERVER, "start", "NAME", "start an execution of a deployed workflow"),
          new Entry(SERVER, "list", "", "list executions"),
          new Entry(SERVER, "show", "ID", "show an execution and why its tasks wait"),
          new Entry(SERVER, "watch", "ID", "show an execution as it happens"),
          new Entry(SERVER, "history", "ID", "show what happened, event by event"),
          new Entry(SERVER, "task", "explain ID", "say why a task is where it is, or waits"),
          new Entry(SERVER, "cancel", "ID...", "end executions"),
          new Entry(SERVER, "suspend", "ID...", "let nothing new start in executions"),
          new Entry(SERVER, "resume", "ID...", "let suspended executions go on"),
          new Entry(SERVER, "retry", "ID...", "let faulted executions go on"),
          new Entry(SERVER, "migrate", "NAME", "move running executions to another version"),
          new Entry(
              SERVER,
              "events",
              "publish|follow",
              "publish a cloud event, or follow life-cycle events"),
          new Entry(SERVER, "human-tasks", "[WORD]", "show and decide what waits for people"),
          new Entry(SERVER, "update", "ID NAME", "send an update, and print its answer"),
          new Entry(SERVER, "query", "ID [NAME]", "ask an execution"),
          new Entry(SERVER, "schedules", "", "list when workflows start by themselves"),
          new Entry(SERVER, "nodes", "[WORD]", "show and change worker nodes"),
          new Entry(SERVER, "audit", "", "list changes and who made them"),
          new Entry(HELP, "explain", "CAP-nnnn", "explain an error code"),
          new Entry(HELP, "completion", "bash|zsh", "print a script for the shell's completion"),
          new Entry(HELP, "version", "", "print the version"));

  /** Commands of two words. */
  static final List<String> PAIRS =
      List.of(
          "cluster init",
          "cluster join-token",
          "cluster key",
          "cluster keys",
          "cluster revoke-key",
          "cluster remove",
          "cluster drain",
          "cluster undrain",
          "cluster up",
          "events publish",
          "events follow");

  /** Whether a first word is no command by itself. */
  static boolean needsSecondWord(String name) {
    return name.equals("events");
  }

  /** A command by its name. */
  static Object create(String name, Console console) {
    return switch (name) {
      case "run" -> new RunCommand(console);
      case "validate" -> new ValidateCommand(console);
      case "test" -> new TestCommand(console);
      case "fmt" -> new FmtCommand(console);
      case "graph" -> new GraphCommand(console);
      case "schema" -> new SchemaCommand(console);
      case "dev" -> new DevCommand(console);
      case "bench" -> new BenchCommand(console);
      case "demo-service" -> new DemoServiceCommand(console);
      case "deploy" -> new DeployCommand(console);
      case "start" -> new StartCommand(console);
      case "list" -> new ListCommand(console);
      case "show" -> new ShowCommand(console);
      case "watch" -> new WatchCommand(console);
      case "history" -> new HistoryCommand(console);
      case "task" -> new TaskCommand(console);
      case "cancel" -> new ControlCommand.Cancel(console);
      case "suspend" -> new ControlCommand.Suspend(console);
      case "resume" -> new ControlCommand.Resume(console);
      case "retry" -> new ControlCommand.Retry(console);
      case "migrate" -> new MigrateCommand(console);
      case "events publish" -> new EventsCommand(console);
      case "human-tasks" -> new HumanTasksCommand(console);
      case "update" -> new UpdateCommand(console);
      case "query" -> new QueryCommand(console);
      case "events follow" -> new EventsFollowCommand(console);
      case "schedules" -> new SchedulesCommand(console);
      case "nodes" -> new NodesCommand(console);
      case "server" -> new ServerCommand(console);
      case "worker" -> new WorkerCommand(console);
      case "cluster" -> new ClusterCommand(console);
      case "cluster init" -> new ClusterInitCommand(console);
      case "cluster join-token" -> new JoinTokenCommand(console);
      case "cluster key" -> new ClusterKeyCommand.Make(console);
      case "cluster keys" -> new ClusterKeyCommand.All(console);
      case "cluster revoke-key" -> new ClusterKeyCommand.Revoke(console);
      case "cluster remove" -> new ClusterRemoveCommand(console);
      case "cluster drain" -> new ClusterDrainCommand.Drain(console);
      case "cluster undrain" -> new ClusterDrainCommand.Undrain(console);
      case "cluster up" -> new ClusterUpCommand(console);
      case "audit" -> new AuditCommand(console);
      case "explain" -> new ExplainCommand(console);
      case "completion" -> new CompletionCommand(console);
      case "version" -> new VersionCommand(console);
      default -> throw new IllegalArgumentException("no command " + name);
    };
  }
}
