package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

@CommandLine.Command(
    name = "explain",
    description = "Explains an error code: what happened, why, what to do. Needs no server.")
final class ExplainCommand extends Command {
  private static final Pattern CODE = Pattern.compile("(?:CAP-?)?(\\d{4})");

  @Parameters(paramLabel = "CODE", description = "Such as CAP-1204.")
  String code = "";

  ExplainCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    Matcher matcher = CODE.matcher(code.toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw CliFailure.misuse("\"" + code + "\" is no error code", "codes look like CAP-1204");
    }
    String name = "CAP-" + matcher.group(1);
    try (InputStream page =
        ExplainCommand.class.getResourceAsStream("/dev/capstan/docs/errors/" + name + ".md")) {
      if (page == null) {
        throw new CliFailure(
            ExitCode.NOT_FOUND,
            null,
            "there is no page for " + name,
            "is it from a later version?");
      }
      console.data(new String(page.readAllBytes(), StandardCharsets.UTF_8).stripTrailing());
    }
    return ExitCode.OK;
  }
}
