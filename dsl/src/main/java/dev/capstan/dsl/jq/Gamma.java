package dev.capstan.dsl.jq;

/** The gamma function by Lanczos' approximation (g = 7, nine terms): some fifteen digits. */
final class Gamma {
  private static final double G = 7;
  private static final double[] COEFFICIENTS = {
    0.9999999999998099,
    676.5203681218851,
    -1259.1392167224028,
    771.3234287776531,
    -176.6150291621406,
    12.507343278686905,
    -0.13857109526572012,
    9.984369578019572e-6,
    1.5056327351493116e-7
  };

  private Gamma() {}

  static double gamma(double x) {
    if (x == StrictMath.floor(x) && x > 0 && x <= 23) {
      double factorial = 1;
      for (int i = 2; i < x; i++) {
        factorial *= i;
      }
      return factorial;
    }
    if (x < 0.5) {
      return x == StrictMath.floor(x) && x < 0
          ? Double.NaN
          : StrictMath.PI / (StrictMath.sin(StrictMath.PI * x) * gamma(1 - x));
    }
    return x > 171.7 ? Double.POSITIVE_INFINITY : StrictMath.exp(log(x));
  }

  /** The logarithm of the gamma function's magnitude. */
  static double log(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (Double.isInfinite(x) || (x <= 0 && x == StrictMath.floor(x))) {
      return Double.POSITIVE_INFINITY;
    }
    if (x == 1 || x == 2) {
      return 0;
    }
    if (x < 0.5) {
      return StrictMath.log(StrictMath.PI / StrictMath.abs(StrictMath.sin(StrictMath.PI * x)))
          - log(1 - x);
    }
    double z = x - 1;
    double sum = COEFFICIENTS[0];
    for (int i = 1; i < COEFFICIENTS.length; i++) {
      sum += COEFFICIENTS[i] / (z + i);
    }
    double t = z + G + 0.5;
    return 0.5 * StrictMath.log(2 * StrictMath.PI)
        + (z + 0.5) * StrictMath.log(t)
        - t
        + StrictMath.log(sum);
  }
}
