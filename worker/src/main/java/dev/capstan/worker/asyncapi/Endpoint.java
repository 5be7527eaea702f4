package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where messages go to or come from: everything of the document resolved. Bindings are the objects
 * of the document for this protocol, MissingNode where there are none.
 */
public record Endpoint(
    String protocol,
    URI server,
    String address,
    JsonNode serverBinding,
    JsonNode channelBinding,
    JsonNode operationBinding,
    JsonNode messageBinding,
    @Nullable Credentials credentials) {}
