package dev.capstan.server.store;

/**
 * One change of a table. Keys are compared as unsigned bytes. Arrays are not copied and must not be
 * changed.
 */
@SuppressWarnings("ArrayRecordComponent") // rows are bytes, and copying each would double the work
public sealed interface Change {

  Table table();

  /** Sets a key's value. */
  record Put(Table table, byte[] key, byte[] value) implements Change {}

  /** Removes a key; nothing happens if it is not there. */
  record Delete(Table table, byte[] key) implements Change {}

  /** Removes all keys from {@code from} (inclusive) to {@code to} (exclusive). */
  record DeleteRange(Table table, byte[] from, byte[] to) implements Change {}
}
