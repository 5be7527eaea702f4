package dev.capstan.security.tls;

/** Whether a server wants to see certificates of its clients. One that is shown must be right. */
public enum ClientCertificates {
  /** No connection without one. */
  REQUIRED,
  /** Clients without one are nobody until they prove otherwise, with an API key for instance. */
  OPTIONAL,
  /** Nobody is asked for one: browsers would ask their users. */
  NONE
}
