package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.cli.terminal.FailureText;
import dev.capstan.cli.terminal.Style;
import dev.capstan.dsl.diagnostic.NearestName;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** Finds the command that is asked for, runs it, and puts what goes wrong into words. */
public final class Program {
  private static final int HELP_WIDTH = 80;

  private final Console console;

  /** The program on this console. */
  public Program(Console console) {
    this.console = console;
  }

  /** Runs a command line and answers the exit code. */
  public int run(String... arguments) {
    if (arguments.length == 0) {
      help(false);
      return ExitCode.MISUSE;
    }
    String first = arguments[0];
    String[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
    return switch (first) {
      case "-h", "--help" -> help(true);
      case "help" -> rest.length == 0 ? help(true) : command(rest[0], "--help");
      case "-V", "--version" -> command("version", rest);
      case "ls" -> command("list", rest);
      default -> command(first, rest);
    };
  }

  private int command(String name, String... rest) {
    if (Commands.ALL.stream().noneMatch(entry -> entry.name().equals(name))) {
      return new FailureText(console, false).report(unknown(name));
    }
    if (rest.length > 0 && Commands.PAIRS.contains(name + " " + rest[0])) {
      return commandLine(name + " " + rest[0]).execute(Arrays.copyOfRange(rest, 1, rest.length));
    }
    if (Commands.needsSecondWord(name)) {
      boolean help = rest.length > 0 && (rest[0].equals("--help") || rest[0].equals("-h"));
      if (help) {
        commandLine("events publish").execute("--help");
        console.data("");
        return commandLine("events follow").execute("--help");
      }
      return new FailureText(console, false)
          .report(
              CliFailure.misuse(
                  "capstan events needs the word publish or follow", "see capstan events --help"));
    }
    return commandLine(name).execute(rest);
  }

  private CommandLine commandLine(String name) {
    CommandLine line = new CommandLine(Commands.create(name, console));
    line.setCommandName("capstan " + name);
    line.setUsageHelpWidth(HELP_WIDTH);
    line.setExpandAtFiles(false);
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            console.colourOut() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    line.setParameterExceptionHandler((e, _) -> new FailureText(console, false).report(misuse(e)));
    line.setExecutionExceptionHandler((e, command, _) ->
        new FailureText(console, command.getCommand() instanceof Command c && c.debug).report(e));
    return line;
  }

  private static CliFailure misuse(CommandLine.ParameterException e) {
    String message = String.valueOf(e.getMessage()).strip();
    String what = Character.toLowerCase(message.charAt(0)) + message.substring(1);
    String hint = "see " + e.getCommandLine().getCommandName() + " --help";
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().getFirst();
      what =
          (first.startsWith("-") ? "unknown option " : "unexpected argument ")
              + "\""
              + first
              + "\"";
      List<String> nearest = unmatched.getSuggestions();
      if (!nearest.isEmpty()) {
        hint =
            "did you mean "
                + String.join(" or ", nearest.subList(0, Math.min(2, nearest.size())))
                + "?\n"
                + hint;
      }
    }
    return CliFailure.misuse(what, hint);
  }

  private static CliFailure unknown(String name) {
    String nearest =
        NearestName.among(Commands.ALL.stream().map(Commands.Entry::name).toList(), name);
    return CliFailure.misuse(
        "there is no command \"" + name + "\"",
        (nearest == null ? "" : "did you mean \"" + nearest + "\"?\n")
            + "capstan --help lists them");
  }

  private int help(boolean asked) {
    boolean colour = asked ? console.colourOut() : console.colourErr();
    StringBuilder text =
        new StringBuilder(
            "Usage: capstan COMMAND [OPTIONS]     a workflow engine: no finished step is ever lost\n");
    String group = null;
    for (Commands.Entry entry : Commands.ALL) {
      if (!entry.group().equals(group)) {
        group = entry.group();
        text.append('\n').append(Style.STRONG.paint(group, colour)).append('\n');
      }
      String usage = entry.name() + " " + entry.arguments();
      text.append("  ")
          .append(usage)
          .append(" ".repeat(Math.max(1, 22 - usage.length())))
          .append(entry.summary())
          .append('\n');
    }
    text.append(
        """

        Try it:  capstan run examples/order-fulfilment.yaml --input @examples/order.json
        More:    capstan COMMAND --help
        Server:  --server URL, or CAPSTAN_SERVER, or the capstan dev of this directory
        Data goes to standard output, talk to standard error. NO_COLOR is honoured.
        Exit codes: 0 done or completed · 1 failed, faulted or cancelled · 2 wrong
        command line, definition or input · 3 not found · 4 conflict · 5 denied
        6 no server · 7 --timeout is over · 130 Ctrl-C\
        """);
    String all = console.unicode() ? text.toString() : text.toString().replace(" ·", ",");
    if (asked) {
      console.data(all);
    } else {
      console.talk(all);
    }
    return ExitCode.OK;
  }
}
