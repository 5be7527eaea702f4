package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Numbers. Arithmetic is that of doubles, as in jq; a result that is integral and exact comes out
 * as an integer. Numbers nobody calculates with stay exactly what they were.
 */
final class Num {
  /** Beyond 2^53 not every integer is a double. */
  static final long EXACT = 1L << 53;

  private static final int MAX_EXACT_DIGITS = 1000;

  private Num() {}

  static JsonNode of(long value) {
    int small = (int) value;
    return small == value ? IntNode.valueOf(small) : LongNode.valueOf(value);
  }

  static JsonNode of(Run run, double value) {
    long integral = (long) value;
    if (integral == value && Math.abs(value) <= EXACT && (integral != 0 || 1 / value > 0)) {
      return of(integral);
    }
    return Double.isFinite(value) ? DoubleNode.valueOf(value) : run.nonFinite(value);
  }

  /**
   * Whether a number is an integer within the exact range of doubles, so that long arithmetic gives
   * the same.
   */
  static boolean isSmall(JsonNode number) {
    return number instanceof IntNode
        || (number instanceof LongNode
            && Math.abs(number.longValue()) <= EXACT
            && number.longValue() != Long.MIN_VALUE);
  }

  /** A number of a program's or a value's text. */
  static JsonNode parse(String text) {
    boolean integral = true;
    for (int i = text.charAt(0) == '-' ? 1 : 0; i < text.length() && integral; i++) {
      integral = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    boolean negativeZero = text.startsWith("-0");
    if (integral && text.length() <= 18 && !negativeZero) {
      return of(Long.parseLong(text));
    }
    if (integral && text.length() <= MAX_EXACT_DIGITS && !negativeZero) {
      BigInteger big = new BigInteger(text);
      return big.bitLength() < 64 ? of(big.longValue()) : BigIntegerNode.valueOf(big);
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      value = Math.copySign(Double.MAX_VALUE, value);
    }
    long exact = (long) value;
    boolean whole = exact == value && Math.abs(value) <= EXACT && (exact != 0 || 1 / value > 0);
    return whole ? of(exact) : DoubleNode.valueOf(value);
  }

  static int compare(JsonNode a, JsonNode b) {
    if (a instanceof IntNode && b instanceof IntNode) {
      return Integer.compare(a.intValue(), b.intValue());
    }
    if (a.isIntegralNumber() && b.isIntegralNumber()) {
      return a.canConvertToLong() && b.canConvertToLong()
          ? Long.compare(a.longValue(), b.longValue())
          : a.bigIntegerValue().compareTo(b.bigIntegerValue());
    }
    double x = a.doubleValue();
    double y = b.doubleValue();
    // NaN sorts below every number, itself included.
    return x < y || Double.isNaN(x) ? -1 : x == y ? 0 : 1;
  }

  static boolean isNaN(JsonNode value) {
    return value instanceof DoubleNode && Double.isNaN(value.doubleValue());
  }

  /** The number as an index: rounded down, clamped to int. */
  static int toIndex(JsonNode number) {
    return (int)
        Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, Math.floor(number.doubleValue())));
  }

  /** The number as jq prints it. */
  static String text(JsonNode number) {
    if (number.isIntegralNumber()) {
      return number.asText();
    }
    return text(number.doubleValue());
  }

  private static String text(double value) {
    if (Double.isNaN(value)) {
      return "null";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    double finite = Double.isInfinite(value) ? Math.copySign(Double.MAX_VALUE, value) : value;
    BigDecimal decimal = new BigDecimal(Double.toString(Math.abs(finite))).stripTrailingZeros();
    String digits = decimal.unscaledValue().toString();
    int point = digits.length() - decimal.scale();
    String sign = finite < 0 ? "-" : "";
    return sign
        + (point <= -4 || point > digits.length() + 15
            ? scientific(digits, point - 1)
            : plain(digits, point));
  }

  private static String scientific(String digits, int exponent) {
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String magnitude = Integer.toString(Math.abs(exponent));
    String padded = magnitude.length() < 2 ? "0" + magnitude : magnitude;
    return digits.charAt(0) + fraction + (exponent < 0 ? "e-" : "e+") + padded;
  }

  private static String plain(String digits, int point) {
    if (point <= 0) {
      return "0." + "0".repeat(-point) + digits;
    }
    return point >= digits.length()
        ? digits + "0".repeat(point - digits.length())
        : digits.substring(0, point) + "." + digits.substring(point);
  }
}
