package dev.capstan.worker.asyncapi;

/** User name and password, or a bearer token. */
public sealed interface Credentials {

  /** For servers that know users. */
  record Basic(String username, String password) implements Credentials {
    @Override
    public String toString() {
      return "Basic[" + username + "]";
    }
  }

  /** For servers that take tokens. */
  record Bearer(String token) implements Credentials {
    @Override
    public String toString() {
      return "Bearer[]";
    }
  }
}
