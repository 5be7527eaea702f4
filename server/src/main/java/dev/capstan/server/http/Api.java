package dev.capstan.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.server.gateway.Gateway;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** All operations, in the order in which the document shows them. */
final class Api {
  private Api() {}

  static List<Operation> operations(
      Gateway gateway, Supplier<String> metrics, OpenStreams streams) {
    List<Operation> operations = new ArrayList<>();
    operations.addAll(new DefinitionOperations(gateway).operations());
    operations.addAll(new ExecutionOperations(gateway).operations());
    operations.addAll(new MigrationOperations(gateway).operations());
    operations.addAll(new HistoryOperations(gateway, streams).operations());
    operations.addAll(new TaskOperations(gateway).operations());
    operations.addAll(new InteractionOperations(gateway).operations());
    operations.addAll(new HumanTaskOperations(gateway).operations());
    operations.addAll(new WorkOperations(gateway).operations());
    operations.addAll(new EventOperations(gateway, streams).operations());
    operations.addAll(new NodeOperations(gateway).operations());
    operations.addAll(new ClusterOperations(gateway).operations());
    operations.addAll(new KeyOperations(gateway).operations());
    operations.addAll(new AgreementOperations(gateway).operations());
    operations.addAll(new HealthOperations(gateway, metrics).operations());
    operations.addAll(new DocumentOperations(() -> document(operations)).operations());
    return operations;
  }

  private static ObjectNode document(List<Operation> operations) {
    return new OpenApi(operations).document();
  }
}
