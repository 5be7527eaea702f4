package dev.capstan.worker.a2a;

import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.HttpPeer;
import dev.capstan.worker.http.Resources;
import dev.capstan.worker.http.Transport;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs {@code call:a2a} (DSL reference, A2A call): sends one method of the Agent2Agent protocol to
 * the agent with a card, or at a server. The output is the result of the method, or an array of
 * them for {@code message/stream} and {@code tasks/resubscribe}. Whatever fails is a {@code
 * runtime} error, with the HTTP status where there is one; arguments that do not fit and cards that
 * can't be used are a {@code configuration} error. A cancelled attempt leaves the agent's task as
 * it is.
 */
public final class A2aExecutor implements Executor {

  private final Agents agents;
  private final Transport transport;
  private final int limit;

  /** Cards are, and what an agent answers in one call is, as large as responses may be. */
  public A2aExecutor(Transport transport, Resources resources, Limits limits) {
    this.transport = transport;
    this.limit = limits.responseBytes();
    this.agents = new Agents(transport, resources, limit);
  }

  @Override
  public List<String> kinds() {
    return List.of("call:a2a");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    A2aCall call = A2aCall.of(arguments, attempt.idempotencyKey());
    try {
      HttpPeer agent = agents.find(arguments);
      return ask(agent, call, headers(call, attempt));
    } catch (TaskFault e) {
      throw new TaskFault(told(e.fault()));
    }
  }

  private Outcome ask(HttpPeer agent, A2aCall call, Map<String, String> headers)
      throws InterruptedException {
    try (HttpPeer.Reply reply = agent.send("POST", headers, Json.write(call.request()))) {
      return new Outcome.Completed(new Results(call, limit).of(reply));
    } catch (TaskFault e) {
      Fault fault = e.fault();
      throw new TaskFault(
          new Fault(fault.type(), fault.status(), fault.title(), agent.redact(fault.detail())));
    }
  }

  private static Map<String, String> headers(A2aCall call, Attempt attempt) {
    Map<String, String> headers = new TreeMap<>();
    headers.put("content-type", "application/json");
    headers.put(
        "accept", call.isStreaming() ? "text/event-stream, application/json" : "application/json");
    if (!attempt.idempotencyKey().isEmpty()) {
      headers.put("idempotency-key", attempt.idempotencyKey());
    }
    return headers;
  }

  /** The specification knows failed calls of this kind as runtime errors only. */
  private static Fault told(Fault fault) {
    return fault.type().equals(ErrorType.COMMUNICATION.uri())
        ? new Fault(ErrorType.RUNTIME.uri(), fault.status(), fault.title(), fault.detail())
        : fault;
  }

  @Override
  public void close() {
    transport.close();
  }
}
