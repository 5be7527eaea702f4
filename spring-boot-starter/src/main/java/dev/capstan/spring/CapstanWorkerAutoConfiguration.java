package dev.capstan.spring;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Offers the functions of an application's beans to a cluster. */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "capstan.worker.enabled", matchIfMissing = true)
@EnableConfigurationProperties(CapstanWorkerProperties.class)
public final class CapstanWorkerAutoConfiguration {
  private static final Logger LOG = LoggerFactory.getLogger(CapstanWorkerAutoConfiguration.class);
  private static final String SHUTDOWN = "spring.lifecycle.timeout-per-shutdown-phase";

  @Bean
  @ConditionalOnMissingBean
  static CapstanWorker capstanWorker(
      ConfigurableListableBeanFactory beans,
      CapstanWorkerProperties properties,
      ObjectProvider<ObjectMapper> mapper,
      Environment environment) {
    Duration patience = environment.getProperty(SHUTDOWN, Duration.class, Duration.ofSeconds(30));
    Duration grace = properties.leaveGrace();
    if (grace != null && grace.compareTo(patience) > 0) {
      LOG.warn(
          "capstan.worker.leave-grace is {}, and Spring stops waiting after {}: raise {}",
          grace,
          patience,
          SHUTDOWN);
    }
    return new CapstanWorker(
        new FunctionBeans(beans), new WorkerSettings(properties, mapper.getIfUnique()));
  }
}
