package dev.capstan.worker;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.capstan.api.v1.Cancelled;
import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Refusal;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Fault;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.Token;
import dev.capstan.worker.executor.Workflow;
import java.util.Collection;

/** Between the messages of the session and the records of the worker. */
final class Wire {

  private static final Cancelled CANCELLED = Cancelled.getDefaultInstance();

  private Wire() {}

  static Token token(dev.capstan.api.v1.Token token) {
    return new Token(token.getExecution(), token.getTask(), token.getAttempt(), token.getEpoch());
  }

  static dev.capstan.api.v1.Token token(Token token) {
    return dev.capstan.api.v1.Token.newBuilder()
        .setExecution(token.execution())
        .setTask(token.task())
        .setAttempt(token.attempt())
        .setEpoch(token.epoch())
        .build();
  }

  static Assignment assignment(Dispatch dispatch) {
    return new Assignment(
        token(dispatch.getToken()),
        dispatch.getKind(),
        dispatch.getTaskName(),
        dispatch.getReference(),
        new Workflow(
            dispatch.getWorkflowNamespace(),
            dispatch.getWorkflowName(),
            dispatch.getWorkflowVersion()),
        dispatch.getArguments(),
        dispatch.getIdempotencyKey(),
        dispatch.getDeadlineMillis(),
        dispatch.getOnce());
  }

  /**
   * A report of any outcome but a large one: a completed output is taken as already checked JSON.
   */
  static Report report(dev.capstan.api.v1.Token token, Outcome outcome) {
    Report.Builder report = Report.newBuilder().setToken(token);
    switch (outcome) {
      case Outcome.Completed completed -> report.setOutput(output(completed));
      case Outcome.Faulted faulted -> report.setFault(fault(faulted.fault()));
      case Outcome.Cancelled _ -> report.setCancelled(CANCELLED);
      case Outcome.Refused refused ->
          report.setRefusal(Refusal.newBuilder().setReason(refused.reason()));
      case Outcome.HandedBack given ->
          report.setRefusal(Refusal.newBuilder().setReason(given.reason()).setBegun(true));
    }
    return report.build();
  }

  static Delivery delivery(Token token, long number, byte[] message) {
    return Delivery.newBuilder()
        .setToken(token(token))
        .setNumber(number)
        .setMessage(UnsafeByteOperations.unsafeWrap(message))
        .build();
  }

  static OutputChunk chunk(Token token, Attempt.Stream stream, byte[] bytes) {
    return OutputChunk.newBuilder()
        .setToken(token(token))
        .setStream(
            switch (stream) {
              case STDOUT -> OutputChunk.Stream.STDOUT;
              case STDERR -> OutputChunk.Stream.STDERR;
            })
        .setData(UnsafeByteOperations.unsafeWrap(bytes))
        .build();
  }

  static Progress progress(Token token, double fraction, String message) {
    return Progress.newBuilder()
        .setToken(token(token))
        .setFraction(fraction)
        .setMessage(message)
        .build();
  }

  static Hello hello(
      WorkerOptions options,
      Introduction present,
      Collection<Token> holding,
      long epoch,
      long answers) {
    Findings findings = present.findings();
    Hello.Builder hello =
        Hello.newBuilder()
            .setNodeId(options.nodeId())
            .setName(options.name())
            .setSlots(present.slots())
            .addAllKinds(findings.executors().keySet())
            .putAllLabels(options.labels())
            .setCapacity(findings.capacity())
            .putAllFound(findings.found())
            .setVersion(options.version())
            .setEpoch(epoch)
            .setAnswers(answers)
            .setConfirms(true);
    for (Token token : holding) {
      hello.addHolding(token(token));
    }
    return hello.build();
  }

  /**
   * @param elsewhere how many of them are taken by what the coordinator does not count
   */
  static WorkerMessage slots(int slots, int elsewhere) {
    return WorkerMessage.newBuilder()
        .setSlots(SlotsChanged.newBuilder().setSlots(slots).setElsewhere(elsewhere))
        .build();
  }

  static WorkerMessage capabilities(Capabilities capabilities) {
    return WorkerMessage.newBuilder().setCapabilities(capabilities).build();
  }

  private static ByteString output(Outcome.Completed completed) {
    return completed.output().isNull()
        ? ByteString.EMPTY
        : UnsafeByteOperations.unsafeWrap(Json.write(completed.output()));
  }

  private static dev.capstan.api.v1.Fault fault(Fault fault) {
    return dev.capstan.api.v1.Fault.newBuilder()
        .setType(fault.type())
        .setStatus(fault.status())
        .setTitle(fault.title())
        .setDetail(fault.detail())
        .build();
  }
}
