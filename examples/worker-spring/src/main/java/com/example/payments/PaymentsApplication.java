package com.example.payments;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Offers charge-card to workflows: capstan dev in one terminal, mvn spring-boot:run here in another
 * (after mvn install -DskipTests at the root of Capstan, for the starter).
 */
@SpringBootApplication
public class PaymentsApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(PaymentsApplication.class, arguments);
  }
}
