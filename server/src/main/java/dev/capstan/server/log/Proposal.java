package dev.capstan.server.log;

import java.util.concurrent.CompletableFuture;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * One entry on its way. It is also the message handed to the library, so that the state machine
 * sees, under the library's lock, that the entry is about to be appended: from then on a failure no
 * longer means that nothing happened.
 */
final class Proposal implements Message {
  private final ByteString content;
  private final CompletableFuture<Long> outcome = new CompletableFuture<>();
  private volatile boolean appended;

  Proposal(byte[] entry) {
    content = UnsafeByteOperations.unsafeWrap(entry);
  }

  @Override
  public ByteString getContent() {
    return content;
  }

  CompletableFuture<Long> outcome() {
    return outcome;
  }

  int bytes() {
    return content.size();
  }

  void markAppended() {
    appended = true;
  }

  boolean appended() {
    return appended;
  }
}
