package dev.capstan.dsl.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * A JSON schema that data must meet. Implementations are immutable and may be used by any thread.
 */
public interface DataSchema {

  /**
   * What is wrong with {@code data}, one sentence each with the place in the data; empty when it
   * conforms. At most 20.
   */
  List<String> violations(JsonNode data);
}
