package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that an execution wants from outside itself. It is stored with the events that it
 * follows from and delivered at least once; whoever takes it must take it twice.
 */
public sealed interface Message {

  /** Publish a cloud event; its id is the same for every delivery. */
  record Publish(CloudEvent event) implements Message {}

  /**
   * Start another execution under a given id.
   *
   * @param version may be {@code latest}
   * @param deadline that of what waits for it; null for none
   */
  record StartChild(
      String execution,
      String namespace,
      String name,
      String version,
      JsonNode input,
      ParentReference parent,
      @Nullable Instant deadline)
      implements Message {}

  /**
   * Start the execution that another one goes on as. {@code version} may be {@code latest}.
   *
   * @param parent of the whole chain; null when a client started it
   */
  record StartSuccessor(
      String execution,
      String namespace,
      String name,
      String version,
      JsonNode input,
      @Nullable ParentReference parent,
      Map<String, String> labels,
      String startedBy,
      Predecessor predecessor)
      implements Message {}

  /** End another execution, and those that it goes on as. */
  record CancelChild(String execution, String reason) implements Message {}

  /**
   * Tell the parent that its child has ended, under the id that it knows; or a predecessor that its
   * successor has started.
   */
  record NotifyParent(ParentReference parent, String execution, Outcome outcome)
      implements Message {}
}
