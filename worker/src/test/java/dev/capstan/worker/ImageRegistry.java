package dev.capstan.worker;

import dev.capstan.worker.executor.Json;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;

/**
 * A registry that gives out one image, whatever it is asked for: the reading half of the
 * distribution protocol, from a directory that an engine has saved an image to. Listens on
 * loopback. An engine tries TLS first and then goes without, which Tomcat answers at once; a server
 * that waits for the rest of such a request costs each pull ten seconds.
 */
final class ImageRegistry extends HttpServlet implements AutoCloseable {

  private static final long serialVersionUID = 1L;

  private final transient Path image;
  private final AtomicInteger asked = new AtomicInteger();
  private final transient TomcatSite site;
  private volatile String required = "";

  private ImageRegistry(Path image) throws LifecycleException {
    this.image = image;
    this.site =
        new TomcatSite(
            image.resolveSibling("tomcat"),
            context -> {
              Tomcat.addServlet(context, "images", this);
              context.addServletMapping("/v2/*", "images");
            });
  }

  static ImageRegistry start(Path image) throws IOException {
    try {
      return new ImageRegistry(image);
    } catch (LifecycleException e) {
      throw new IOException(e);
    }
  }

  /** Stands before the names of its images. */
  String address() {
    return site.authority();
  }

  /** How often somebody wanted to know what an image is made of. */
  int asked() {
    return asked.get();
  }

  /** From now on it gives to this user only, by basic authentication. */
  void require(String user, String password) {
    String pair = user + ":" + password;
    required = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** Gives to everybody again. */
  void open() {
    required = "";
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse answer)
      throws IOException {
    if (!required.isEmpty() && !required.equals(request.getHeader("Authorization"))) {
      answer.setHeader("WWW-Authenticate", "Basic realm=\"images\"");
      answer.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
      return;
    }
    String path = request.getRequestURI();
    String last = path.substring(path.lastIndexOf('/') + 1);
    Path file = image.resolve(last.startsWith("sha256:") ? last.substring(7) : "manifest.json");
    if (path.equals("/v2/")) {
      answer.setStatus(HttpServletResponse.SC_OK);
    } else if (path.endsWith("/tags/list") || !Files.exists(file)) {
      answer.setStatus(HttpServletResponse.SC_NOT_FOUND);
    } else {
      give(request, answer, Files.readAllBytes(file));
    }
  }

  private void give(HttpServletRequest request, HttpServletResponse answer, byte[] bytes)
      throws IOException {
    if (request.getRequestURI().contains("/manifests/")) {
      asked.incrementAndGet();
      answer.setContentType(Json.read(bytes).path("mediaType").asText());
    }
    answer.setContentLength(bytes.length);
    if (!request.getMethod().equals("HEAD")) {
      answer.getOutputStream().write(bytes);
    }
  }

  @Override
  public void close() {
    site.close();
  }
}
