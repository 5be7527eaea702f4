package dev.capstan.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.ErrorObject;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.sdk.TaskFunction;
import dev.capstan.server.boot.Coordinator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application that works for a real coordinator and starts workflows that call it. */
class ApplicationTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path directory;
  private Coordinator coordinator;
  private ConfigurableApplicationContext application;

  record Charge(int cardNumber) {}

  /** What functions use; it must be there for as long as they run. */
  static final class Bank implements DisposableBean {
    private final AtomicBoolean closed = new AtomicBoolean();

    String charge(int card) {
      return closed.get() ? "closed" : "charged " + card;
    }

    @Override
    public void destroy() {
      closed.set(true);
    }
  }

  /** Functions that are advised, so that a subclass stands before them. */
  static class Payments {
    private final Bank bank;
    final CountDownLatch begun;
    final CountDownLatch go;

    Payments(Bank bank, CountDownLatch begun, CountDownLatch go) {
      this.bank = bank;
      this.begun = begun;
      this.go = go;
    }

    @TaskFunction("charge-card")
    public String charge(Charge charge) {
      return bank.charge(charge.cardNumber());
    }

    @TaskFunction(value = "hang", heartbeat = "PT1S")
    public String hang() throws InterruptedException {
      new CountDownLatch(1).await();
      return "never";
    }

    @TaskFunction("charge-later")
    public String chargeLater() throws InterruptedException {
      begun.countDown();
      return go.await(90, TimeUnit.SECONDS) ? bank.charge(2) : "never";
    }
  }

  /** The application. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    static final CountDownLatch BEGUN = new CountDownLatch(1);
    static final CountDownLatch GO = new CountDownLatch(1);

    @Bean
    Bank bank() {
      return new Bank();
    }

    @Bean
    Payments payments(Bank bank) {
      ProxyFactory factory = new ProxyFactory();
      factory.setTarget(new Payments(bank, BEGUN, GO));
      factory.setProxyTargetClass(true);
      factory.addAdvice(
          (MethodInterceptor)
              call ->
                  call.getMethod().getName().startsWith("charge")
                      ? call.proceed() + "!"
                      : call.proceed());
      return (Payments) factory.getProxy();
    }

    @Bean
    ObjectMapper mapper() {
      return JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .build();
    }
  }

  @BeforeEach
  void start() {
    coordinator =
        Coordinator.start(
            CoordinatorConfig.local(directory.resolve("coordinator")).withPorts(0, 0), Map.of());
    application =
        SpringApplication.run(
            Application.class,
            "--spring.main.banner-mode=off",
            "--capstan.worker.dev=true",
            "--capstan.worker.dev-port=" + Objects.requireNonNull(coordinator.grpcPort()),
            "--capstan.worker.name=payments",
            "--capstan.worker.data=" + directory.resolve("worker"),
            "--capstan.worker.leave-grace=60s",
            "--spring.lifecycle.timeout-per-shutdown-phase=90s",
            "--capstan.client.servers=http://127.0.0.1:" + coordinator.httpPort());
  }

  @AfterEach
  void stop() {
    Application.GO.countDown();
    application.close();
    coordinator.close();
  }

  private static StartRequest one(String id, String task) {
    return StartRequest.ofDefinition(
            """
            document: { dsl: '1.0.0', namespace: test, name: one, version: '1.0.0' }
            do:
              - work: { %s }
            """
                .formatted(task))
        .withInput(json("{}"))
        .withId(id);
  }

  private static JsonNode json(String text) {
    try {
      return new JsonMapper().readTree(text);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void functionsRunWithAdviceAndTheApplicationsMapperAndEndBeforeWhatTheyUse() throws Exception {
    CapstanClient client = application.getBean(CapstanClient.class);
    Execution paid =
        CapstanClient.await(
            client.start(one("paid", "call: charge-card, with: { card-number: 1 }"), PATIENCE));
    assertThat(paid.output()).hasToString("\"charged 1!\"");
    assertThat(
            Objects.requireNonNull(
                    application.getBean("capstanHealthIndicator", HealthIndicator.class).health())
                .getStatus())
        .isEqualTo(Status.UP);

    Execution hung = CapstanClient.await(client.start(one("hung", "call: hang"), PATIENCE));
    ErrorObject silent = Objects.requireNonNull(hung.error());
    assertThat(silent.status()).isEqualTo(408);
    assertThat(silent.detail()).contains("'hang' was not heard of for PT1S");
    assertThat(
            Objects.requireNonNull(
                    application.getBean("capstanHealthIndicator", HealthIndicator.class).health())
                .getDetails())
        .containsEntry("silent", 1L);

    Execution _ = CapstanClient.await(client.start(one("later", "call: charge-later")));
    assertThat(Application.BEGUN.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    CapstanWorker worker = application.getBean(CapstanWorker.class);
    Thread closing = Thread.ofVirtual().start(application::close);
    await().atMost(PATIENCE).until(() -> !worker.isRunning());
    Application.GO.countDown();
    closing.join();

    try (CapstanClient other =
        CapstanClient.builder().server("http://127.0.0.1:" + coordinator.httpPort()).build()) {
      assertThat(CapstanClient.await(other.end("later")).output()).hasToString("\"charged 2!\"");
    }
  }
}
