package dev.capstan.worker.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a certificate that was not taken, where its class says little. */
class DistrustTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "No name matching example.com found",
        "No subject alternative DNS name matching example.com found.",
        "No subject alternative names matching IP address 127.0.0.1 found",
        "No subject alternative names present"
      })
  void aNameThatIsNotInItIsSaidToBeThat(String message) {
    assertThat(Distrust.of(new IOException(new CertificateException(message))))
        .startsWith("its certificate is for other names (" + message + ")");
  }

  @Test
  void oneThatCannotBeReadIsNotForOtherNames() {
    CertificateException unreadable =
        Assertions.catchThrowableOfType(
            CertificateException.class,
            () ->
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(new byte[] {1, 2, 3})));

    assertThat(unreadable).isExactlyInstanceOf(CertificateException.class);
    assertThat(Distrust.of(new IOException(unreadable)))
        .isEqualTo("its certificate is refused (" + unreadable.getMessage() + ")");
  }

  @Test
  void oneThatNothingIsSaidOfIsRefused() {
    assertThat(Distrust.of(new CertificateException())).isEqualTo("its certificate is refused");
  }
}
