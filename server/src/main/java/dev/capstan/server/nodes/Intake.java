package dev.capstan.server.nodes;

import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.node.config.Limits;
import dev.capstan.node.config.Payload;
import java.util.ArrayList;
import java.util.List;

/** Takes what nodes say of the attempts that they hold. Keeps nothing; any thread. */
final class Intake {
  private final NodeDirectory directory;
  private final Limits limits;
  private final ReportReader reader;
  private final AttemptSignals signals;

  Intake(NodeDirectory directory, Limits limits, AttemptSignals signals) {
    this.directory = directory;
    this.limits = limits;
    this.reader = new ReportReader(new Payload(limits));
    this.signals = signals;
  }

  void reports(LiveNode node, List<Report> reports) {
    boolean freed = false;
    List<AttemptToken> stale = new ArrayList<>();
    for (Report report : reports) {
      AttemptToken token = ReportReader.token(report.getToken());
      boolean refused = report.getOutcomeCase() == Report.OutcomeCase.REFUSAL;
      if (directory.reported(node, token, refused)) {
        Command command = reader.command(node.id(), token, report);
        directory.forward(command, token.execution());
        freed = true;
      } else {
        stale.add(token);
      }
    }
    directory.stale(node, stale);
    if (freed) {
      directory.capacityChanged();
    }
  }

  void delivery(LiveNode node, Delivery delivery) {
    AttemptToken token = ReportReader.token(delivery.getToken());
    if (directory.held(node, token) != null) {
      directory.forward(reader.message(token, delivery), token.execution());
    }
  }

  void progress(LiveNode node, Progress progress) {
    HeldAttempt attempt = directory.held(node, ReportReader.token(progress.getToken()));
    if (attempt != null) {
      double fraction =
          Double.isFinite(progress.getFraction()) ? Math.clamp(progress.getFraction(), -1, 1) : -1;
      String message = progress.getMessage();
      int length = Math.min(message.length(), limits.labelLength());
      attempt.progress = new AttemptProgress(fraction, message.substring(0, length));
      signals.progress(attempt.token, fraction, message.substring(0, length));
    }
  }

  void output(LiveNode node, OutputChunk chunk) {
    HeldAttempt attempt = directory.held(node, ReportReader.token(chunk.getToken()));
    if (attempt != null && chunk.getData().size() <= limits.payloadBytes()) {
      boolean error = chunk.getStream() == OutputChunk.Stream.STDERR;
      String text = (error ? attempt.stderr : attempt.stdout).next(chunk.getData().toByteArray());
      signals.output(
          attempt.token, attempt.taskName, attempt.reference, error ? "stderr" : "stdout", text);
    }
  }
}
