package dev.capstan.worker.executor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Reads and writes JSON the same way everywhere in a worker: within Jackson's own limits of depth
 * and length.
 */
public final class Json {

  /** Attempts run on virtual threads: with buffers of a thread's own, each would keep some. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
                  .build())
          .build();

  private Json() {}

  /**
   * Parses one JSON document; no bytes at all are null.
   *
   * @throws IOException when the bytes are not JSON or break a limit of the parser; its message may
   *     quote the bytes
   */
  public static JsonNode read(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return NullNode.getInstance();
    }
    JsonNode node = MAPPER.readTree(bytes);
    return node == null || node instanceof MissingNode ? NullNode.getInstance() : node;
  }

  /** JSON documents that come one after the other; closed with its stream. */
  public static MappingIterator<JsonNode> documents(InputStream in) throws IOException {
    return MAPPER.readerFor(JsonNode.class).readValues(in);
  }

  /** The node as compact UTF-8 JSON. */
  public static byte[] write(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The node as text where text is wanted: a string's characters, otherwise its JSON. */
  public static String text(JsonNode node) {
    return node.isTextual() ? node.textValue() : node.toString();
  }

  /** A new empty object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }
}
