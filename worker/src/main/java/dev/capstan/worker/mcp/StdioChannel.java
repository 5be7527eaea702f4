package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.process.Dialog;
import java.io.IOException;

/** A server that is a program: one message a line, each way. */
final class StdioChannel implements Channel {

  private final Attempt attempt;
  private final Dialog program;

  StdioChannel(Attempt attempt, Dialog program) {
    this.attempt = attempt;
    this.program = program;
  }

  @Override
  public JsonNode ask(ObjectNode request, int id) throws InterruptedException {
    tell(request);
    Inbox inbox = new Inbox(id, this::tell);
    while (true) {
      byte[] line = program.hear();
      JsonNode response = inbox.take(read(line));
      if (!response.isMissingNode()) {
        return response;
      }
    }
  }

  /** Programs greet people, too: what is no message is shown. */
  private JsonNode read(byte[] line) {
    try {
      return Json.read(line);
    } catch (IOException notJson) {
      attempt.output(Attempt.Stream.STDOUT, line, 0, line.length);
      attempt.output(Attempt.Stream.STDOUT, new byte[] {'\n'}, 0, 1);
      return Json.object();
    }
  }

  @Override
  public void tell(ObjectNode message) throws InterruptedException {
    program.say(Json.write(message));
  }

  /** Writing to a program blocks the thread that a virtual one runs on. */
  @Override
  public Thread.Builder threads() {
    return Thread.ofPlatform().daemon();
  }

  @Override
  public void close() {
    program.close();
  }

  @Override
  public void abort() {
    program.abort();
  }
}
