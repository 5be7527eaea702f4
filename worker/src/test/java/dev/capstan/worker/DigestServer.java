package dev.capstan.worker;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.authenticator.DigestAuthenticator;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.descriptor.web.LoginConfig;
import org.apache.tomcat.util.descriptor.web.SecurityCollection;
import org.apache.tomcat.util.descriptor.web.SecurityConstraint;

/** Tomcat on loopback, which lets in ann with her password by digest. */
final class DigestServer implements AutoCloseable {

  static final String USER = "ann";

  static final String PASSWORD = "s3cr3t \"p";

  private static final long LONG_MILLIS = 300_000;

  private final Tomcat tomcat = new Tomcat();
  private final DigestAuthenticator authenticator = new DigestAuthenticator();
  private final AtomicInteger stale = new AtomicInteger();
  private final List<String> seen = new CopyOnWriteArrayList<>();

  DigestServer(Path directory, String algorithms) throws LifecycleException {
    tomcat.setBaseDir(directory.toString());
    tomcat.setPort(0);
    tomcat.setSilent(true);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    Context context = tomcat.addContext("", directory.toString());
    Tomcat.addServlet(context, "echo", new Echo());
    context.addServletMapping("/*", "echo");
    context.setLoginConfig(new LoginConfig("DIGEST", "the shop", null, null));
    context.addSecurityRole("customer");
    context.addConstraint(everything());
    authenticator.setAlgorithms(algorithms);
    context.getPipeline().addValve(new Ageing());
    context.getPipeline().addValve(authenticator);
    tomcat.addUser(USER, PASSWORD);
    tomcat.addRole(USER, "customer");
    tomcat.start();
  }

  private static SecurityConstraint everything() {
    SecurityCollection all = new SecurityCollection();
    all.addPattern("/*");
    SecurityConstraint constraint = new SecurityConstraint();
    constraint.addCollection(all);
    constraint.addAuthRole("customer");
    return constraint;
  }

  String url(String path) {
    return "http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + path;
  }

  /** The nonces of so many of the next answers to challenges are too old. */
  void stale(int times) {
    stale.set(times);
  }

  /** The requests so far: the scheme of their authorization, method and path. */
  List<String> seen() {
    return seen;
  }

  @Override
  public void close() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }

  /** Makes nonces old, and remembers what was asked. */
  private final class Ageing extends ValveBase {

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      String authorization = request.getHeader("authorization");
      String scheme = authorization == null ? "-" : authorization.split(" ", 2)[0];
      seen.add(scheme + " " + request.getMethod() + " " + request.getRequestURI());
      boolean old = authorization != null && stale.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
      authenticator.setNonceValidity(old ? -1 : LONG_MILLIS);
      getNext().invoke(request, response);
    }
  }

  private static final class Echo extends HttpServlet {

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      response.setContentType("text/plain");
      if (request.getRequestURI().equals("/fails")) {
        response.setStatus(500);
        response.getWriter().print(request.getHeader("authorization"));
        return;
      }
      response.getWriter().print(request.getRemoteUser() + " " + request.getMethod() + " " + body);
    }
  }
}
