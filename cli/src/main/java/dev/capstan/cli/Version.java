package dev.capstan.cli;

/** The version of this program. */
final class Version {
  private Version() {}

  /** From the manifest of the jar; {@code dev} when there is none. */
  static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }
}
