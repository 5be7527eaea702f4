package dev.capstan.server.http;

import java.net.URI;
import java.util.List;

/** Where requests are carried out, for tests in which there are no other coordinators to ask. */
interface OnlyLocator extends LeaderLocator {
  @Override
  default boolean mayBeFound() {
    return true;
  }

  @Override
  default List<URI> others() {
    return List.of();
  }

  @Override
  default long term() {
    return 1;
  }
}
