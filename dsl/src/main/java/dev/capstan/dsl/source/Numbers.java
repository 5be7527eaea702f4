package dev.capstan.dsl.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** Text as numbers: integers exactly, decimals as doubles unless that loses digits. */
final class Numbers {
  private Numbers() {}

  static JsonNode integer(String digits, int radix) {
    if (digits.length() <= 9) {
      return IntNode.valueOf(Integer.parseInt(digits, radix));
    }
    BigInteger value = new BigInteger(digits, radix);
    if (value.bitLength() < 32) {
      return IntNode.valueOf(value.intValue());
    }
    return value.bitLength() < 64
        ? LongNode.valueOf(value.longValue())
        : BigIntegerNode.valueOf(value);
  }

  /** Null when the number is beyond the range of doubles. */
  static @Nullable JsonNode decimal(String text) {
    double nearest = Double.parseDouble(text);
    if (Double.isInfinite(nearest)) {
      return null;
    }
    BigDecimal exact = new BigDecimal(text);
    if (exact.signum() != 0 && nearest == 0) {
      return null;
    }
    boolean lossless = new BigDecimal(Double.toString(nearest)).compareTo(exact) == 0;
    return lossless ? DoubleNode.valueOf(nearest) : DecimalNode.valueOf(exact);
  }
}
