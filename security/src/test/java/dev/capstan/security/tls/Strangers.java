package dev.capstan.security.tls;

import dev.capstan.security.pki.Credential;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** Programs that are not ours: with the JDK's own keys and trust, and TLS 1.2. */
final class Strangers {
  private static final char[] NO_PASSWORD = new char[0];

  private Strangers() {}

  static HttpTls server(Credential credential) throws Exception {
    KeyStore store = store();
    store.setKeyEntry(
        "key", credential.key(), NO_PASSWORD, credential.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, NO_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return new HttpTls(context, old());
  }

  static HttpTls client(X509Certificate root) throws Exception {
    KeyStore store = store();
    store.setCertificateEntry("root", root);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return new HttpTls(context, old());
  }

  private static KeyStore store() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static SSLParameters old() {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.2"});
    return parameters;
  }
}
