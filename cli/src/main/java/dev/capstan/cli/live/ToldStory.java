package dev.capstan.cli.live;

import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.Table;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.HistoryEvent;
import dev.capstan.client.OutputPiece;

/** One line for each event, and for each line that a task prints: for logs and scripts. */
public final class ToldStory implements Story {
  private final Console console;
  private final EventLine lines = new EventLine();
  private volatile boolean closed;

  /** A story told on the console's talk. */
  public ToldStory(Console console) {
    this.console = console;
  }

  private void tell(String line) {
    if (!closed) {
      console.talk(line);
    }
  }

  @Override
  public void history(HistoryEvent event) {
    tell(lines.of(event));
  }

  @Override
  public void output(OutputPiece piece) {
    piece
        .text()
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(line -> tell(piece.task() + " | " + Table.printable(line)));
  }

  @Override
  public void outputLost(long pieces) {
    tell(
        "("
            + pieces
            + " pieces of output were lost, since they came faster than they could be shown)");
  }

  @Override
  public void reconnecting(CapstanException reason) {
    tell("(reconnecting: " + reason.getMessage() + ")");
  }

  @Override
  public void end(Execution execution) {}

  @Override
  public void close() {
    closed = true;
  }
}
