package dev.capstan.server.membership;

/** Why somebody who must show an API key of the cluster was not let in. */
enum KeyFault {
  /** Nothing was shown. */
  MISSING("The request shows no API key"),
  /** What was shown is no API key: another secret, or one that was not copied whole. */
  MALFORMED("What the request shows is no API key"),
  /** It is a key that the cluster never had, has revoked, or has with another secret. */
  UNKNOWN("The cluster does not know this API key");

  private final String sentence;

  KeyFault(String sentence) {
    this.sentence = sentence;
  }

  /** The same in words, without anything of what was shown. */
  String sentence() {
    return sentence;
  }
}
