package dev.capstan.security.tls;

import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import javax.net.ssl.SSLEngine;

/**
 * A context of BoringSSL whose connections neither give tickets nor take any.
 *
 * <p>Each engine is told by itself: the options of a context that is shared can't be changed while
 * others make engines of it.
 */
final class WithoutResumption extends DelegatingSslContext {
  WithoutResumption(SslContext context) {
    super(context);
    ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(false);
  }

  @Override
  protected void initEngine(SSLEngine engine) {
    long pointer = ((ReferenceCountedOpenSslEngine) engine).sslPointer();
    SSL.setOptions(pointer, SSL.SSL_OP_NO_TICKET);
  }
}
