package com.example.payments;

import dev.capstan.sdk.TaskContext;
import dev.capstan.sdk.TaskError;
import dev.capstan.sdk.TaskFunction;
import java.math.BigDecimal;
import org.springframework.stereotype.Component;

/** What workflows call with "call: charge-card". */
@Component
public class Payments {
  record Charge(BigDecimal amount) {}

  record Receipt(BigDecimal charged, String by, String key) {}

  private static final BigDecimal LIMIT = new BigDecimal(1000);

  @TaskFunction("charge-card")
  public Receipt charge(Charge charge, TaskContext context) {
    if (charge.amount().compareTo(LIMIT) > 0) {
      throw new TaskError(
          "https://example.com/errors/card", 402, "Refused", "more than the card allows");
    }
    // A real one would hand the key on: it is the same when the task runs again on another machine.
    return new Receipt(charge.amount(), "spring", context.idempotencyKey());
  }
}
