package dev.capstan.spring;

import dev.capstan.client.CapstanClient;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.tls.UnusableCredentialException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;

/** The client of a cluster as a bean. It connects when it is used. */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "capstan.client.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CapstanClientProperties.class)
public final class CapstanClientAutoConfiguration {

  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  static CapstanClient capstanClient(
      CapstanClientProperties properties, ObjectProvider<SslBundles> bundles) {
    CapstanClient.Builder client =
        CapstanClient.builder().timeouts(properties.connectTimeout(), properties.requestTimeout());
    Credential credential = credential(properties.credential());
    if (credential != null) {
      client.servers(credential.servers()).token(credential.key()).tls(credential.tls());
    }
    if (!properties.servers().isEmpty()) {
      servers(client, properties.servers());
    }
    if (properties.token() != null) {
      client.token(properties.token());
    }
    if (properties.sslBundle() != null) {
      client.tls(bundles.getObject().getBundle(properties.sslBundle()).createSslContext());
    }
    return client.build();
  }

  private static void servers(CapstanClient.Builder client, List<String> addresses) {
    try {
      client.servers(addresses);
    } catch (IllegalArgumentException e) {
      throw misconfigured("capstan.client.servers: " + e.getMessage());
    }
  }

  private static @Nullable Credential credential(@Nullable Path file) {
    try {
      return file == null ? null : Credential.read(file);
    } catch (UnusableCredentialException e) {
      throw new MisconfiguredException(
          List.of("capstan.client.credential: " + e.getMessage()), e.remedy());
    }
  }

  private static MisconfiguredException misconfigured(String fault) {
    return new MisconfiguredException(List.of(fault), "Change the application's configuration.");
  }
}
