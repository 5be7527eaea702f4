package dev.capstan.worker;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;

/** Tomcat on loopback, with what a test puts into it. */
final class TomcatSite implements AutoCloseable {

  private final Tomcat tomcat = new Tomcat();

  TomcatSite(Path directory, Consumer<Context> content) throws LifecycleException {
    tomcat.setBaseDir(directory.toString());
    tomcat.setPort(0);
    tomcat.setSilent(true);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    StandardContext context = (StandardContext) tomcat.addContext("", directory.toString());
    // It would look into parts of the JVM that are closed to it, and says so.
    context.setClearReferencesRmiTargets(false);
    context.setClearReferencesThreadLocals(false);
    content.accept(context);
    tomcat.start();
  }

  /** Host and port. */
  String authority() {
    return "127.0.0.1:" + tomcat.getConnector().getLocalPort();
  }

  @Override
  public void close() {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IllegalStateException(e);
    }
  }
}
