package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * Built-in functions on numbers, those of C's math library; strict, so that every machine gets the
 * same.
 */
final class MathFunctions {
  private MathFunctions() {}

  static void register(Map<String, Builtin> all) {
    all.put(
        "abs/0",
        (run, in, args) -> {
          if (!Types.isNumber(in)) {
            throw Types.error(in, "has no absolute value");
          }
          return abs(run, in);
        });
    all.put("infinite/0", (run, in, args) -> run.nonFinite(Double.POSITIVE_INFINITY));
    all.put("nan/0", (run, in, args) -> run.nonFinite(Double.NaN));
    all.put(
        "isinfinite/0", (run, in, args) -> Types.bool(Double.isInfinite(number(in).doubleValue())));
    all.put("isnan/0", (run, in, args) -> Types.bool(Double.isNaN(number(in).doubleValue())));
    all.put("isnormal/0", (run, in, args) -> Types.bool(isNormal(number(in).doubleValue())));
    all.put("frexp/0", (run, in, args) -> frexp(run, number(in).doubleValue()));
    all.put("modf/0", (run, in, args) -> modf(run, number(in).doubleValue()));
    all.put("lgamma_r/0", (run, in, args) -> signedLogGamma(run, number(in).doubleValue()));
    all.put(
        "fma/3",
        (run, in, args) -> Num.of(run, Math.fma(value(args[0]), value(args[1]), value(args[2]))));
    registerRounding(all);
    registerUnary(all);
    registerBinary(all);
  }

  private static void registerRounding(Map<String, Builtin> all) {
    unary(all, "floor", StrictMath::floor);
    unary(all, "ceil", StrictMath::ceil);
    unary(all, "trunc", MathFunctions::truncate);
    unary(all, "round", x -> StrictMath.copySign(StrictMath.floor(StrictMath.abs(x) + 0.5), x));
    unary(all, "rint", StrictMath::rint);
    unary(all, "nearbyint", StrictMath::rint);
    unary(all, "fabs", StrictMath::abs);
  }

  private static void registerUnary(Map<String, Builtin> all) {
    unary(all, "sqrt", StrictMath::sqrt);
    unary(all, "cbrt", StrictMath::cbrt);
    unary(all, "exp", StrictMath::exp);
    unary(all, "exp2", x -> StrictMath.pow(2, x));
    unary(all, "exp10", x -> StrictMath.pow(10, x));
    unary(all, "expm1", StrictMath::expm1);
    unary(all, "log", StrictMath::log);
    unary(all, "log2", MathFunctions::log2);
    unary(all, "log10", StrictMath::log10);
    unary(all, "log1p", StrictMath::log1p);
    unary(
        all,
        "logb",
        x ->
            x == 0
                ? Double.NEGATIVE_INFINITY
                : Double.isFinite(x) ? exponent(x) : StrictMath.abs(x));
    unary(
        all,
        "significand",
        x -> x == 0 || !Double.isFinite(x) ? x : StrictMath.scalb(x, -exponent(x)));
    unary(all, "gamma", Gamma::log);
    unary(all, "lgamma", Gamma::log);
    unary(all, "tgamma", Gamma::gamma);
    unary(all, "sin", StrictMath::sin);
    unary(all, "cos", StrictMath::cos);
    unary(all, "tan", StrictMath::tan);
    unary(all, "asin", StrictMath::asin);
    unary(all, "acos", StrictMath::acos);
    unary(all, "atan", StrictMath::atan);
    unary(all, "sinh", StrictMath::sinh);
    unary(all, "cosh", StrictMath::cosh);
    unary(all, "tanh", StrictMath::tanh);
    unary(all, "asinh", MathFunctions::asinh);
    unary(all, "acosh", x -> StrictMath.log(x + StrictMath.sqrt(x * x - 1)));
    unary(all, "atanh", x -> 0.5 * StrictMath.log1p(2 * x / (1 - x)));
  }

  private static void registerBinary(Map<String, Builtin> all) {
    binary(all, "pow", StrictMath::pow);
    binary(all, "atan2", StrictMath::atan2);
    binary(all, "hypot", StrictMath::hypot);
    binary(all, "fmin", (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : StrictMath.min(x, y));
    binary(all, "fmax", (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : StrictMath.max(x, y));
    binary(
        all, "fdim", (x, y) -> x > y ? x - y : Double.isNaN(x) || Double.isNaN(y) ? Double.NaN : 0);
    binary(all, "fmod", (x, y) -> x % y);
    binary(all, "drem", StrictMath::IEEEremainder);
    binary(all, "remainder", StrictMath::IEEEremainder);
    binary(all, "copysign", StrictMath::copySign);
    binary(all, "nextafter", StrictMath::nextAfter);
    binary(all, "nexttoward", StrictMath::nextAfter);
    binary(all, "ldexp", MathFunctions::scale);
    binary(all, "scalb", MathFunctions::scale);
    binary(all, "scalbln", MathFunctions::scale);
  }

  private static void unary(Map<String, Builtin> all, String name, DoubleUnaryOperator function) {
    all.put(name + "/0", (run, in, args) -> Num.of(run, function.applyAsDouble(value(in))));
  }

  private static void binary(Map<String, Builtin> all, String name, DoubleBinaryOperator function) {
    all.put(
        name + "/2",
        (run, in, args) -> Num.of(run, function.applyAsDouble(value(args[0]), value(args[1]))));
  }

  private static double value(JsonNode number) {
    return number(number).doubleValue();
  }

  private static JsonNode number(JsonNode value) {
    if (!Types.isNumber(value)) {
      throw Types.error(value, "number required");
    }
    return value;
  }

  /** Keeps the number exactly as it is if it is not negative. */
  static JsonNode abs(Run run, JsonNode number) {
    double value = number.doubleValue();
    return value > 0 || Double.isNaN(value) || (value == 0 && 1 / value > 0)
        ? number
        : Arithmetic.negate(run, number);
  }

  private static double truncate(double x) {
    return x < 0 ? StrictMath.ceil(x) : StrictMath.floor(x);
  }

  private static boolean isNormal(double x) {
    return Double.isFinite(x) && StrictMath.abs(x) >= Double.MIN_NORMAL;
  }

  /** The exponent of the leading bit, of subnormal numbers too. */
  private static int exponent(double x) {
    return isNormal(x) ? StrictMath.getExponent(x) : StrictMath.getExponent(x * 0x1p54) - 54;
  }

  private static double log2(double x) {
    boolean powerOfTwo = x > 0 && Double.isFinite(x) && StrictMath.scalb(x, -exponent(x)) == 1;
    return powerOfTwo ? exponent(x) : StrictMath.log(x) / StrictMath.log(2);
  }

  private static double asinh(double x) {
    double a = StrictMath.abs(x);
    return StrictMath.copySign(StrictMath.log1p(a + a * a / (1 + StrictMath.sqrt(a * a + 1))), x);
  }

  private static double scale(double x, double exponent) {
    return StrictMath.scalb(x, (int) StrictMath.max(-5000, StrictMath.min(5000, exponent)));
  }

  private static JsonNode frexp(Run run, double x) {
    boolean special = x == 0 || !Double.isFinite(x);
    int exponent = special ? 0 : exponent(x) + 1;
    return pair(run, Num.of(run, special ? x : StrictMath.scalb(x, -exponent)), Num.of(exponent));
  }

  private static JsonNode modf(Run run, double x) {
    double whole = truncate(x);
    double fraction = Double.isInfinite(x) ? StrictMath.copySign(0, x) : x - whole;
    return pair(run, Num.of(run, fraction), Num.of(run, whole));
  }

  private static JsonNode signedLogGamma(Run run, double x) {
    boolean negative = x < 0 && StrictMath.floor(x) % 2 != 0;
    return pair(run, Num.of(run, Gamma.log(x)), Num.of(negative ? -1 : 1));
  }

  private static JsonNode pair(Run run, JsonNode first, JsonNode second) {
    run.allocate(2);
    return JsonNodeFactory.instance.arrayNode(2).add(first).add(second);
  }
}
