package dev.capstan.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Where a command reads and writes. Data goes to {@code out}, talk to {@code err}. Both print UTF-8
 * with line feeds whatever the platform.
 *
 * @param in what is piped in
 * @param environment variables
 * @param directory the current one
 * @param outIsTerminal whether a person sees {@code out}
 * @param errIsTerminal whether a person sees {@code err}
 */
public record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    Path directory,
    boolean outIsTerminal,
    boolean errIsTerminal) {

  /** The launcher says here how wide the terminal is. */
  private static final String COLUMNS = "capstan.columns";

  /** The launcher says here which of the streams 0, 1 and 2 are terminals, as in {@code 02}. */
  private static final String TERMINALS = "capstan.terminals";

  /** The console of this process. */
  public static Console ofSystem() {
    String terminals = System.getProperty(TERMINALS);
    if (terminals == null) {
      boolean all =
          Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal).isPresent();
      terminals = all ? "012" : "";
    }
    boolean dumb = "dumb".equals(System.getenv("TERM"));
    return new Console(
        new FileInputStream(FileDescriptor.in),
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        System.getenv(),
        Path.of("").toAbsolutePath(),
        terminals.contains("1") && !dumb,
        terminals.contains("2") && !dumb);
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** Whether {@code out} may have colours (https://no-color.org). */
  public boolean colourOut() {
    return outIsTerminal && coloursWanted();
  }

  /** Whether {@code err} may have colours. */
  public boolean colourErr() {
    return errIsTerminal && coloursWanted();
  }

  private boolean coloursWanted() {
    return environment.getOrDefault("NO_COLOR", "").isEmpty();
  }

  /** Whether the terminal shows more than ASCII. */
  public boolean unicode() {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return value.toUpperCase(Locale.ROOT).replace("-", "").contains("UTF8");
      }
    }
    return !outIsTerminal && !errIsTerminal;
  }

  /** A path as the person sees it from the current directory. */
  public Path resolve(String path) {
    return directory.resolve(path).normalize();
  }

  /** How wide a line of data may be; as wide as it likes where no person sees it. */
  public int columns() {
    int columns = outIsTerminal ? Integer.getInteger(COLUMNS, 0) : 0;
    return columns > 0 ? columns : Integer.MAX_VALUE;
  }

  /** Shows a word on a terminal until {@link #forget}: what the program is about to do. */
  public void passing(String word) {
    if (errIsTerminal) {
      err.print(Style.FAINT.paint(word, colourErr()));
      err.flush();
    }
  }

  /** Takes away what {@link #passing} showed. */
  public void forget() {
    if (errIsTerminal) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  /** Prints a line of data. */
  public void data(String line) {
    out.print(line);
    out.print('\n');
    out.flush();
  }

  /** Prints a line of talk. */
  public void talk(String line) {
    err.print(line);
    err.print('\n');
    err.flush();
  }

  /** Talk in a colour. */
  public String paint(Style style, String text) {
    return style.paint(text, colourErr());
  }
}
