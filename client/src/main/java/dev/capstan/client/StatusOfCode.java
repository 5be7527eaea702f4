package dev.capstan.client;

/** The HTTP status that goes with an error code, for transports that carry the code alone. */
final class StatusOfCode {
  private StatusOfCode() {}

  static int of(String code) {
    return switch (code) {
      case "CAP-2003" -> 413;
      case "CAP-2004" -> 404;
      case "CAP-2005", "CAP-2006", "CAP-2015" -> 409;
      case "CAP-2007", "CAP-2014", "CAP-2016", "CAP-2017" -> 422;
      case "CAP-4001" -> 401;
      case "CAP-4003" -> 403;
      case "CAP-6001" -> 429;
      case "CAP-6002", "CAP-6003", "CAP-7001" -> 503;
      case "CAP-9001" -> 500;
      default -> 400;
    };
  }
}
