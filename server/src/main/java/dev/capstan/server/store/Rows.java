package dev.capstan.server.store;

/** The rows of a scan, as they were when the scan began. For one thread; close it. */
public interface Rows extends AutoCloseable {

  /** Goes to the next row; false at the end. */
  boolean next();

  /** The current row's key, a copy. */
  byte[] key();

  /** The current row's value, a copy. */
  byte[] value();

  @Override
  void close();
}
