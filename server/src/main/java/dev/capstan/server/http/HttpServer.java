package dev.capstan.server.http;

import dev.capstan.node.env.PortOwner;
import dev.capstan.security.tls.HttpTls;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.Metrics;
import io.helidon.common.tls.TlsConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** The HTTP listener, running. May be closed by any thread. */
public final class HttpServer implements AutoCloseable {
  /** Held so that its level is not forgotten: the library tells every start and stop at INFO. */
  private static final Logger LIBRARY = Logger.getLogger("io.helidon");

  private static final int MAX_REQUEST_LINE = 8 << 10;
  private static final int MAX_HEADERS = 16 << 10;
  private static final Duration IDLE_CHECK = Duration.ofSeconds(10);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration STOP_GRACE = Duration.ofMillis(500);

  private final WebServer server;
  private final Deadlines deadlines;
  private final OpenStreams streams;
  private final HttpClient client;
  private final FrontDoor door;

  private HttpServer(
      WebServer server,
      Deadlines deadlines,
      OpenStreams streams,
      HttpClient client,
      FrontDoor door) {
    this.client = client;
    this.door = door;
    this.server = server;
    this.deadlines = deadlines;
    this.streams = streams;
  }

  /**
   * Listens.
   *
   * @param metrics shown at {@code /metrics}; gets those of requests and of what the gateway tells
   * @throws PortInUse when another process has the port
   */
  public static HttpServer start(
      HttpSettings settings, Gateway gateway, HttpSecurity security, Metrics metrics) {
    return start(settings, gateway, security, metrics, Destinations.HERE, "");
  }

  /**
   * Listens, and sends requests on while another coordinator leads.
   *
   * @param metrics shown at {@code /metrics}; gets those of requests and of what the gateway tells
   * @param destinations where requests are carried out
   * @param self what this coordinator is called
   * @throws PortInUse when another process has the port
   */
  public static HttpServer start(
      HttpSettings settings,
      Gateway gateway,
      HttpSecurity security,
      Metrics metrics,
      Destinations destinations,
      String self) {
    quieten();
    requireFreePort(settings);
    Deadlines deadlines = new Deadlines();
    HttpClient client = client(security);
    LivenessProbe liveness = new LivenessProbe(client);
    OpenStreams streams = new OpenStreams();
    RequestIds ids =
        new RequestIds(Integer.toString(ThreadLocalRandom.current().nextInt(1 << 30), 36));
    Router router = new Router(Api.operations(gateway, metrics::scrape, streams));
    HostGuard hosts = new HostGuard(security.tls() == null && isLoopback(settings.host()));
    metrics.add(new GatewayReadings(gateway));
    metrics.add(readings -> readings.value(Metric.HTTP_STREAMS, streams.count()));
    RequestObserver observer =
        (operation, status, nanos) ->
            metrics.timer(Metric.HTTP_REQUEST, operation, Integer.toString(status)).record(nanos);
    FrontDoor door =
        new FrontDoor(
            router,
            settings,
            security.authenticator(),
            hosts,
            ids,
            deadlines,
            observer,
            gateway::reached,
            destinations,
            destinations.leaders().stream()
                .map(leader -> new Forwarder(leader, client, liveness, deadlines, self))
                .toList(),
            streams);
    TransportGuard guard = new TransportGuard(settings, deadlines, ids);
    WebServer server = webServer(settings, security, door, guard, ids);
    server.start();
    if (!server.isRunning()) {
      deadlines.close();
      client.close();
      throw new IllegalStateException(
          "The HTTP listener on port " + settings.port() + " did not start; the log says why");
    }
    return new HttpServer(server, deadlines, streams, client, door);
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /**
   * Serves on, and lets everybody go elsewhere: streams end, and so does each connection with its
   * next answer. To be called when another coordinator leads.
   */
  public void sendAway() {
    door.sendAway();
    streams.close();
  }

  /** Whether no request is under way but those of probes. */
  public boolean isQuiet() {
    return door.underWay() == 0;
  }

  /** Stops: streams end, running requests get a moment, connections close. */
  @Override
  public void close() {
    streams.close();
    server.stop();
    client.shutdownNow();
    deadlines.close();
  }

  private static HttpClient client(HttpSecurity security) {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .proxy(HttpClient.Builder.NO_PROXY)
            .executor(Executors.newVirtualThreadPerTaskExecutor());
    SSLContext onward = security.onward();
    if (onward == null) {
      return client.build();
    }
    // As in the client: one share of a key instead of one for each curve.
    SSLParameters parameters = onward.getDefaultSSLParameters();
    parameters.setNamedGroups(new String[] {"secp256r1"});
    return client.sslContext(onward).sslParameters(parameters).build();
  }

  private static WebServer webServer(
      HttpSettings settings,
      HttpSecurity security,
      FrontDoor door,
      TransportGuard guard,
      RequestIds ids) {
    Http1Config http1 =
        Http1Config.builder()
            .maxPrologueLength(MAX_REQUEST_LINE)
            .maxHeadersSize(MAX_HEADERS)
            .addReceiveListener(guard)
            .build();
    WebServerConfig.Builder server = WebServer.builder();
    HttpTls tls = security.tls();
    if (tls != null) {
      server.tls(
          TlsConfig.builder().sslContext(tls.context()).sslParameters(tls.parameters()).build());
    }
    return server
        .host(settings.host())
        .port(settings.port())
        .shutdownHook(false)
        .featuresDiscoverServices(false)
        .protocolsDiscoverServices(false)
        .addConnectionSelector(Http1ConnectionSelector.builder().config(http1).build())
        // Beyond that it answers, and ends the connection, while the client is still sending.
        .maxPayloadSize((long) settings.maxRequestBody() + TransportGuard.LINGER_BYTES)
        .maxTcpConnections(settings.maxConnections())
        .idleConnectionTimeout(settings.idleTimeout())
        .idleConnectionPeriod(IDLE_CHECK)
        .connectionOptions(options -> options.readTimeout(settings.idleTimeout()).tcpNoDelay(true))
        .shutdownGracePeriod(STOP_GRACE)
        .errorHandling(handling -> handling.includeEntity(true))
        .directHandlers(TransportProblems.handlers(ids))
        .addRouting(HttpRouting.builder().any(door))
        .build();
  }

  private static void quieten() {
    if (LIBRARY.getLevel() == null) {
      LIBRARY.setLevel(Level.WARNING);
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** The listener itself would only log that it can't have its port. */
  private static void requireFreePort(HttpSettings settings) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(settings.host(), settings.port()));
    } catch (BindException e) {
      if (String.valueOf(e.getMessage()).contains("in use")) {
        String owner = new PortOwner(Path.of("/proc")).find(settings.port());
        throw new PortInUse(settings.host(), settings.port(), owner, e);
      }
      throw unavailable(settings, e);
    } catch (IOException e) {
      throw unavailable(settings, e);
    }
  }

  private static UncheckedIOException unavailable(HttpSettings settings, IOException failure) {
    return new UncheckedIOException(
        "Can't listen on "
            + settings.host()
            + ":"
            + settings.port()
            + " ("
            + failure.getMessage()
            + ")",
        failure);
  }
}
