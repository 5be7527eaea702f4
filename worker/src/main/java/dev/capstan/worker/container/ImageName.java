package dev.capstan.worker.container;

import dev.capstan.worker.executor.Arguments;
import java.util.regex.Pattern;

/** The name of an image, with its tag or digest. */
final class ImageName {

  private static final int LONGEST = 512;

  /** Registry and path, tag, digest; whatever an engine may find wrong in it is for the engine. */
  private static final Pattern NAME =
      Pattern.compile(
          "[A-Za-z0-9][A-Za-z0-9._:-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*"
              + "(:[A-Za-z0-9_][A-Za-z0-9._-]*)?(@[A-Za-z0-9+._-]+:[0-9a-fA-F]+)?");

  /** The registry of names that name none. */
  static final String DOCKER_HUB = "docker.io";

  private ImageName() {}

  /**
   * The registry that a name is of, with its port: what stands before the first slash, where that
   * can't be a directory (the reference grammar of the distribution project).
   */
  static String registry(String image) {
    int slash = image.indexOf('/');
    String first = slash < 0 ? "" : image.substring(0, slash);
    boolean isHost =
        first.equals("localhost") || first.indexOf('.') >= 0 || first.indexOf(':') >= 0;
    return isHost && !first.equals("index.docker.io") ? first : DOCKER_HUB;
  }

  /** The name that is asked for; without a tag or digest it gets the tag {@code latest}. */
  static String of(Arguments arguments) {
    String name = arguments.text("image").strip();
    if (name.length() > LONGEST || name.contains("..") || !NAME.matcher(name).matches()) {
      throw Arguments.wrong("'image' is '" + name + "', which is no name of an image.");
    }
    boolean said = name.indexOf('@') >= 0 || name.indexOf(':', name.lastIndexOf('/') + 1) >= 0;
    // Engines take a name alone for all images of that name.
    return said ? name : name + ":latest";
  }
}
