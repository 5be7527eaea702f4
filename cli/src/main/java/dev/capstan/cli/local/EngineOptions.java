package dev.capstan.cli.local;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an engine inside this process is told.
 *
 * @param data its directory, made when it is missing
 * @param secrets a YAML map of names and values; null for none
 * @param httpPort 0 takes any that is free; null serves no HTTP
 * @param grpcPort 0 takes any that is free; null opens no socket for gRPC
 * @param environment variables of the process
 */
public record EngineOptions(
    Path data,
    @Nullable Path secrets,
    @Nullable Integer httpPort,
    @Nullable Integer grpcPort,
    Map<String, String> environment) {

  /** Without sockets. */
  public static EngineOptions silent(
      Path data, @Nullable Path secrets, Map<String, String> environment) {
    return new EngineOptions(data, secrets, null, null, environment);
  }
}
