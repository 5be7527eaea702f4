package dev.capstan.cli.live;

import dev.capstan.client.Execution;

/** Shows nothing. */
public final class SilentStory implements Story {
  @Override
  public void end(Execution execution) {}

  @Override
  public void close() {}
}
