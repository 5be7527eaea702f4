package dev.capstan.worker.asyncapi.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a broker with one channel in it, which are not made again when they end. The
 * library can't be interrupted, so what waits for the broker does so on threads of their own.
 */
final class AmqpConnection implements AutoCloseable {

  /** Something that asks the broker. */
  interface Asking {
    void ask() throws IOException, InterruptedException, TimeoutException;
  }

  /** Asks whether something is there. */
  interface Finding {
    Object find(Channel channel) throws IOException;
  }

  /** Held so that its level is not forgotten: what the library tells is in our errors. */
  private static final Logger LIBRARY = Logger.getLogger("com.rabbitmq.client");

  static {
    LIBRARY.setLevel(Level.OFF);
  }

  private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

  private static final int PORT = 5672;
  private static final int TLS_PORT = 5671;
  private static final int HEARTBEAT_SECONDS = 20;
  private static final int LEAVING_MILLIS = 2_000;
  private static final int LARGEST_BODY_BYTES = 64 * 1024 * 1024;

  private final Address address;
  private volatile @Nullable Connection connection;
  private volatile @Nullable Channel channel;
  private volatile boolean closed;

  private AmqpConnection(Address address) {
    this.address = address;
  }

  /**
   * Connects, and opens the channel.
   *
   * @param vhost null for the broker's default
   */
  static AmqpConnection open(Endpoint endpoint, @Nullable String vhost, Deadline deadline)
      throws IOException, InterruptedException {
    boolean tls = endpoint.protocol().equals("amqps");
    AmqpConnection opening =
        new AmqpConnection(Address.of(endpoint.server(), tls ? TLS_PORT : PORT));
    ConnectionFactory factory = opening.factory(endpoint, vhost, tls, deadline);
    boolean open = false;
    try {
      opening.run(deadline, () -> opening.connect(factory));
      open = true;
      return opening;
    } finally {
      if (!open) {
        opening.close();
      }
    }
  }

  private ConnectionFactory factory(
      Endpoint endpoint, @Nullable String vhost, boolean tls, Deadline deadline) {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(address.host());
    factory.setPort(address.port());
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setConnectionTimeout(deadline.millis());
    factory.setHandshakeTimeout(deadline.millis());
    factory.setChannelRpcTimeout(deadline.millis());
    factory.setShutdownTimeout(LEAVING_MILLIS);
    factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
    factory.setMaxInboundMessageBodySize(LARGEST_BODY_BYTES);
    factory.setSharedExecutor(THREADS);
    factory.setThreadFactory(Thread.ofPlatform().daemon().name("capstan-amqp-", 0).factory());
    if (vhost != null) {
      factory.setVirtualHost(vhost);
    }
    if (tls) {
      secure(factory);
    }
    return signed(factory, endpoint.credentials());
  }

  private static void secure(ConnectionFactory factory) {
    try {
      SSLContext context = SSLContext.getDefault();
      factory.setSslContextFactory(_ -> context);
      factory.setSocketFactory(context.getSocketFactory());
      factory.enableHostnameVerification();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ConnectionFactory signed(
      ConnectionFactory factory, @Nullable Credentials credentials) {
    switch (credentials) {
      case null -> {}
      case Credentials.Basic(String username, String password) -> {
        factory.setUsername(username);
        factory.setPassword(password);
      }
      case Credentials.Bearer(String token) -> {
        factory.setUsername("");
        factory.setPassword(token);
      }
    }
    return factory;
  }

  private void connect(ConnectionFactory factory) throws IOException, TimeoutException {
    Connection made = factory.newConnection("capstan");
    connection = made;
    if (closed) {
      made.abort(0);
    } else {
      channel = made.createChannel();
    }
  }

  /**
   * Runs something that waits for the broker; what is left of it when the time is over, or this
   * thread is interrupted, ends with the connection.
   */
  void run(Deadline deadline, Asking asking) throws IOException, InterruptedException {
    FutureTask<@Nullable Void> task =
        new FutureTask<>(() -> {
          asking.ask();
          return null;
        });
    var _ = THREADS.submit(task);
    try {
      deadline.await(task, "The AMQP broker " + address + " has not answered");
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  Channel channel() {
    Channel open = channel;
    if (open == null) {
      throw new IllegalStateException("not connected");
    }
    return open;
  }

  /** Whether something is there; asking for what is not there costs a channel. */
  boolean finds(String kind, String name, Finding finding) throws IOException {
    try {
      var _ = finding.find(channel());
      return true;
    } catch (IOException e) {
      if (closing(e) instanceof AMQP.Channel.Close close
          && close.getReplyCode() == AMQP.NOT_FOUND) {
        Connection open = connection;
        channel = open == null ? null : open.createChannel();
        return false;
      }
      throw new IOException(told("does not give the " + kind + " '" + name + "': " + reason(e)), e);
    }
  }

  private static @Nullable Method closing(Throwable e) {
    Throwable cause = e instanceof ShutdownSignalException ? e : e.getCause();
    return cause instanceof ShutdownSignalException signal ? signal.getReason() : null;
  }

  /** The error that tells that something is not there. */
  IOException none(String kind, String name) {
    return new IOException(told("has no " + kind + " '" + name + "'."));
  }

  /** What the broker has done, as an error that tells it. */
  IOException failure(Throwable cause) {
    return switch (cause) {
      case ExecutionException e when e.getCause() != null -> failure(e.getCause());
      case PossibleAuthenticationFailureException e ->
          new IOException(told("refused the user: " + reason(e)), e);
      case TimeoutException e -> new IOException(told("has not answered in time."), e);
      case IOException e when told(e) -> e;
      case RuntimeException e when !(e instanceof ShutdownSignalException) -> throw e;
      default -> new IOException(told("can't be used: " + reason(cause)), cause);
    };
  }

  private boolean told(IOException e) {
    return e.getMessage() != null && e.getMessage().startsWith(told(""));
  }

  private static String reason(Throwable cause) {
    return switch (closing(cause)) {
      case AMQP.Channel.Close close -> close.getReplyCode() + " " + close.getReplyText();
      case AMQP.Connection.Close close -> close.getReplyCode() + " " + close.getReplyText();
      case null, default -> {
        Throwable first = cause;
        while (first.getCause() != null) {
          first = first.getCause();
        }
        String message = first.getMessage();
        yield message == null ? first.getClass().getSimpleName() : message;
      }
    };
  }

  String told(String what) {
    return "The AMQP broker " + address + " " + what;
  }

  /** Takes leave of the broker, on another thread: it may not answer. */
  @Override
  public void close() {
    closed = true;
    Connection open = connection;
    if (open != null) {
      var _ = THREADS.submit(() -> open.abort(LEAVING_MILLIS));
    }
  }
}
