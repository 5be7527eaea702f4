package dev.capstan.worker.container;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Listens on a socket and gives each request the next of the answers that a test wrote. */
final class ScriptedEngine implements AutoCloseable {

  /** An answer that never comes. */
  static final String SILENCE = "";

  private final ServerSocketChannel server;
  private final Queue<String> answers = new ConcurrentLinkedQueue<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final List<SocketChannel> silent = Collections.synchronizedList(new ArrayList<>());

  private ScriptedEngine(ServerSocketChannel server) {
    this.server = server;
  }

  static ScriptedEngine listen(Path socket, String... answers) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    ScriptedEngine engine = new ScriptedEngine(server);
    engine.answers.addAll(List.of(answers));
    Thread.ofVirtual().start(engine::serve);
    return engine;
  }

  /** An answer with a body of this length. */
  static String answer(int status, String body) {
    return "HTTP/1.1 "
        + status
        + " X\r\nApi-Version: 1.41\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  /** First lines of the requests so far. */
  List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  private void serve() {
    try {
      while (true) {
        answer(server.accept());
      }
    } catch (IOException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(SocketChannel client) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(client), StandardCharsets.ISO_8859_1));
    Queue<String> head = new ArrayDeque<>();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      head.add(line);
    }
    requests.add(head.element());
    String answer = answers.remove();
    if (answer.equals(SILENCE)) {
      silent.add(client);
      return;
    }
    try (client;
        OutputStream out = Channels.newOutputStream(client)) {
      out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (SocketChannel client : silent) {
        client.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
