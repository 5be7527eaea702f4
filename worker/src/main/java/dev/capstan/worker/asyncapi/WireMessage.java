package dev.capstan.worker.asyncapi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What goes over the wire. */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record WireMessage(
    byte[] payload,
    Map<String, String> headers,
    @Nullable String contentType,
    @Nullable String correlationId) {}
