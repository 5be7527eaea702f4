package dev.capstan.server.http;

/** A parameter of an operation. */
record Parameter(String name, Place place, Kind kind, String description, boolean repeated) {

  enum Place {
    PATH,
    QUERY,
    HEADER
  }

  enum Kind {
    TEXT,
    NUMBER,
    FLAG,
    DURATION
  }

  static Parameter path(String name, String description) {
    return new Parameter(name, Place.PATH, Kind.TEXT, description, false);
  }

  static Parameter query(String name, Kind kind, String description) {
    return new Parameter(name, Place.QUERY, kind, description, false);
  }

  static Parameter repeated(String name, String description) {
    return new Parameter(name, Place.QUERY, Kind.TEXT, description, true);
  }

  static Parameter header(String name, String description) {
    return new Parameter(name, Place.HEADER, Kind.TEXT, description, false);
  }
}
