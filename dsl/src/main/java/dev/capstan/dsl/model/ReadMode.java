package dev.capstan.dsl.model;

/** What a listener gets of each event: its data, the whole event, or the event as it came in. */
public enum ReadMode {
  DATA,
  ENVELOPE,
  RAW
}
