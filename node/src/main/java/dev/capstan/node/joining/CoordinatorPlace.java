package dev.capstan.node.joining;

import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.api.v1.Place;
import dev.capstan.node.config.HostPort;

/**
 * A coordinator and where others reach it.
 *
 * @param node its id
 * @param grpc for workers and clients
 * @param http the HTTP API
 * @param peer for other coordinators
 */
public record CoordinatorPlace(String node, HostPort grpc, HostPort http, HostPort peer) {

  /** As it is sent. */
  public Place message() {
    return Place.newBuilder()
        .setNode(node)
        .setGrpc(grpc.toString())
        .setHttp(http.toString())
        .setPeer(peer.toString())
        .build();
  }

  /**
   * As it was sent.
   *
   * @throws IllegalArgumentException if an address is none
   */
  public static CoordinatorPlace of(Place place) {
    return new CoordinatorPlace(
        place.getNode(),
        address("gRPC", place.getGrpc()),
        address("HTTP", place.getHttp()),
        address("consensus", place.getPeer()));
  }

  /** Whether a row says the same. */
  public boolean isIn(Coordinator row) {
    return row.getId().equals(node)
        && row.getGrpc().equals(grpc.toString())
        && row.getHttp().equals(http.toString())
        && row.getPeer().equals(peer.toString());
  }

  /**
   * An address that a coordinator gave of itself.
   *
   * @param what it is for, in the message
   * @throws IllegalArgumentException if it is none
   */
  public static HostPort address(String what, String text) {
    return HostPort.parse(text)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The address for "
                    + what
                    + " must be host:port with a port from 1 to 65535, not \""
                    + text
                    + "\""));
  }
}
