package dev.capstan.security.provider;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets AWS-LC compute what the JDK's TLS needs, where there is one for the machine: a process that
 * was started a moment ago shakes hands as fast as one whose code has been compiled. Where there is
 * none, all works the same with the JDK's own code.
 */
public final class NativeCrypto {
  private static final Logger LOG = LoggerFactory.getLogger(NativeCrypto.class);

  private NativeCrypto() {}

  /**
   * Makes AWS-LC the first provider of this process, unless it can't be loaded or the system
   * property {@code capstan.tls.native} is {@code false}. To be called before the first connection;
   * calling it again changes nothing.
   */
  public static void install() {
    if ("false".equals(System.getProperty("capstan.tls.native"))) {
      return;
    }
    try {
      AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
      if (provider.getLoadingError() == null) {
        AmazonCorrettoCryptoProvider.install();
      } else {
        LOG.debug("The JDK's own cryptography is used", provider.getLoadingError());
      }
    } catch (LinkageError e) {
      LOG.debug("The JDK's own cryptography is used", e);
    }
  }
}
