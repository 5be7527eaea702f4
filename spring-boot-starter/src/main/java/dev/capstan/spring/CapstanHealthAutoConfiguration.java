package dev.capstan.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Whether the worker is connected, for the actuator. */
@AutoConfiguration(after = CapstanWorkerAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(CapstanWorker.class)
@ConditionalOnEnabledHealthIndicator("capstan")
public final class CapstanHealthAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean(name = "capstanHealthIndicator")
  static HealthIndicator capstanHealthIndicator(CapstanWorker worker) {
    return new WorkerHealth(worker);
  }
}
