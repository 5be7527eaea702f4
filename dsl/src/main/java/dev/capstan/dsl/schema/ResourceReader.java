package dev.capstan.dsl.schema;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Reads what a definition names but does not hold, such as a schema's {@code resource}. The loader
 * itself touches neither network nor files.
 */
@FunctionalInterface
public interface ResourceReader {
  /**
   * Refuses everything: what is not in the text must be fetched before the definition is loaded.
   */
  ResourceReader NONE =
      resource -> {
        throw new ResourceRefusedException(
            "external resources are fetched when the definition is deployed, not here");
      };

  /**
   * The JSON value of an external resource.
   *
   * @param resource an object of {@code name} and {@code endpoint} (specification: External
   *     Resource)
   * @throws ResourceRefusedException if it can't be had; the message tells the author why
   */
  JsonNode read(JsonNode resource) throws ResourceRefusedException;
}
