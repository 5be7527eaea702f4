package dev.capstan.cli.live;

import dev.capstan.cli.terminal.Console;
import java.io.IOException;
import java.io.PrintStream;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The terminal behind the console's talk. JLine tells its size; nothing else of the terminal is
 * changed.
 */
public final class JLineScreen implements DrawnStory.Screen {
  private static final int USUAL_WIDTH = 80;
  private static final int USUAL_HEIGHT = 24;

  private final PrintStream out;
  private final @Nullable Terminal terminal;

  private JLineScreen(PrintStream out, @Nullable Terminal terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** The screen of this process. */
  public static JLineScreen open(Console console) {
    Terminal terminal = null;
    try {
      terminal =
          TerminalBuilder.builder()
              .systemOutput(TerminalBuilder.SystemOutput.SysErrOrSysOut)
              .nativeSignals(false)
              .dumb(false)
              // Would ask the terminal, whose answer comes after the program has ended.
              .graphemeCluster(false)
              .build();
    } catch (IOException | IllegalStateException e) {
      // The size stays unknown, and the usual one is assumed.
    }
    return new JLineScreen(console.err(), terminal);
  }

  @Override
  public int width() {
    int width = terminal == null ? 0 : terminal.getColumns();
    return width > 0 ? width : USUAL_WIDTH;
  }

  @Override
  public int height() {
    int height = terminal == null ? 0 : terminal.getRows();
    return height > 0 ? height : USUAL_HEIGHT;
  }

  @Override
  public void write(String text) {
    out.print(text);
    out.flush();
  }

  @Override
  public void close() {
    if (terminal != null) {
      try {
        terminal.close();
      } catch (IOException e) {
        // The process ends soon; there is nothing to give back.
      }
    }
  }
}
