package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.HttpPeer;
import dev.capstan.worker.http.Transport;
import dev.capstan.worker.process.Launcher;
import java.io.IOException;
import java.util.List;

/**
 * Runs {@code call:mcp} (DSL reference, MCP call) over one transport: the Streamable HTTP transport
 * as {@code call:mcp}, programs of this node as {@code call:mcp:stdio}, which a node enables like
 * other programs. The output is the result of the method, one that a tool calls an error included.
 * Whatever fails is a {@code runtime} error, with the HTTP status where there is one; a call that
 * takes longer than its {@code timeout} is a {@code timeout} error, and arguments that do not fit
 * are a {@code configuration} error.
 */
public final class McpExecutor implements Executor {

  /** Makes the way to the server. */
  private interface Opening {
    Channel open(Attempt attempt, Arguments transport) throws IOException;
  }

  private final String kind;
  private final String transport;
  private final String version;
  private final Opening opening;
  private final Runnable closing;

  private McpExecutor(
      String kind, String transport, String version, Opening opening, Runnable closing) {
    this.kind = kind;
    this.transport = transport;
    this.version = version;
    this.opening = opening;
    this.closing = closing;
  }

  /**
   * Calls servers over HTTP. Messages are as large as {@code limits} lets responses be.
   *
   * @param version of the worker, told to servers
   */
  public static McpExecutor overHttp(Transport transport, Limits limits, String version) {
    return new McpExecutor(
        "call:mcp",
        "http",
        version,
        (attempt, arguments) ->
            new HttpChannel(
                HttpPeer.of(transport, arguments.get("endpoint"), arguments.object("headers")),
                limits.responseBytes(),
                attempt.idempotencyKey()),
        transport::close);
  }

  /**
   * Starts servers as programs. Messages are as large as the launcher lets output be.
   *
   * @param version of the worker, told to servers
   */
  public static McpExecutor overStdio(Launcher launcher, String version) {
    return new McpExecutor(
        "call:mcp:stdio",
        "stdio",
        version,
        (attempt, arguments) -> new StdioChannel(attempt, launcher.converse(attempt, arguments)),
        launcher::close);
  }

  @Override
  public List<String> kinds() {
    return List.of(kind);
  }

  @Override
  public Outcome run(Attempt attempt) throws IOException, InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    McpCall call = McpCall.of(arguments, version);
    Channel channel = opening.open(attempt, way(arguments));
    return new Outcome.Completed(result(channel, call));
  }

  private Arguments way(Arguments arguments) {
    JsonNode way = arguments.object("transport").path(transport);
    if (way instanceof ObjectNode fields) {
      return Arguments.of(fields);
    }
    throw Arguments.wrong("'transport." + transport + "' is required and must be an object.");
  }

  private static JsonNode result(Channel channel, McpCall call) throws InterruptedException {
    try {
      JsonNode result = Bounded.hold(channel, call);
      if (result.isObject()) {
        return result;
      }
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Unreadable response",
              call.method() + " has as its result " + Arguments.shape(result) + "."));
    } catch (TaskFault e) {
      throw new TaskFault(told(channel, e.fault()));
    }
  }

  /** The specification knows failed calls of this kind as runtime errors only. */
  private static Fault told(Channel channel, Fault fault) {
    boolean renamed = fault.type().equals(ErrorType.COMMUNICATION.uri());
    return new Fault(
        renamed ? ErrorType.RUNTIME.uri() : fault.type(),
        fault.status(),
        channel.redact(fault.title()),
        channel.redact(fault.detail()));
  }

  @Override
  public void close() {
    closing.run();
  }
}
