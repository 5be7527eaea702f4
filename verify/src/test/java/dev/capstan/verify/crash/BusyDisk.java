package dev.capstan.verify.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Somebody else who writes and syncs on the same disk without a pause. So a sync takes many times
 * as long as on a disk that rests, and whoever promises before a sync has ended is found out.
 */
final class BusyDisk implements AutoCloseable {
  private static final int PIECE = 4 << 20;
  private static final int PIECES = 16;

  private final Path file;
  private final Thread writer;
  private volatile boolean ended;

  BusyDisk(Path folder) {
    file = folder.resolve("others");
    writer = Thread.ofPlatform().daemon().name("busy-disk").start(this::write);
  }

  private void write() {
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; !ended; i++) {
        piece.clear().putInt(0, i);
        channel.write(piece, (long) (i % PIECES) * PIECE);
        channel.force(false);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns when nothing of it is under way. */
  @Override
  public void close() {
    ended = true;
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
