package dev.capstan.security.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.identity.Pin;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class JoinTokenTest {
  private static final Pin PIN = new Pin("0123456789abcdef".repeat(4));
  private final JoinToken token = JoinToken.fresh(new SecureRandom(), PIN);

  @Test
  void aTokenIsOneTextAndReadBack() {
    JoinToken read = JoinToken.parse("  " + token.text() + "\n");
    assertThat(token.text()).hasSize(JoinToken.LENGTH).matches("capjoin1(\\.[a-z2-7]+){3}");
    assertThat(read.id()).isEqualTo(token.id());
    assertThat(read.pin()).isEqualTo(PIN);
    assertThat(read.secret().digest().matches(token.secret().digest())).isTrue();
    assertThat(read.text()).isEqualTo(token.text());
  }

  @Test
  void theSecretIsSentAsTextAndReadBack() {
    Secret sent = Secret.parse(token.secret().text());
    assertThat(sent.digest()).isEqualTo(token.secret().digest());
  }

  @Test
  void noTwoTokensAreAlike() {
    JoinToken other = JoinToken.fresh(new SecureRandom(), PIN);
    assertThat(other.id()).isNotEqualTo(token.id());
    assertThat(other.secret().digest().matches(token.secret().digest())).isFalse();
  }

  @Test
  void theSecretIsNeverPrinted() {
    assertThat(token.toString()).contains(token.id()).doesNotContain(token.secret().text());
    assertThat(token.secret().toString()).isEqualTo("Secret[hidden]");
  }

  @Test
  void everyTypingErrorIsFound() {
    String text = token.text();
    for (int i = "capjoin1.".length(); i < text.length(); i++) {
      if (text.charAt(i) == '.') {
        continue;
      }
      char other = text.charAt(i) == 'a' ? 'b' : 'a';
      String wrong = text.substring(0, i) + other + text.substring(i + 1);
      assertThatThrownBy(() -> JoinToken.parse(wrong))
          .isInstanceOf(TokenFormatException.class)
          .hasMessageContaining("typing error");
    }
  }

  @Test
  void aTextThatIsCutOffAnywhereIsRefusedAndNeverShown() {
    String text = token.text();
    for (int length = 0; length < text.length(); length++) {
      String cut = text.substring(0, length);
      assertThatThrownBy(() -> JoinToken.parse(cut))
          .isInstanceOf(TokenFormatException.class)
          .message()
          .doesNotContain(token.secret().text().substring(0, 6));
    }
    assertThatThrownBy(() -> JoinToken.parse(text.substring(0, 40)))
        .hasMessageContaining("has 3: it is cut off");
    assertThatThrownBy(() -> JoinToken.parse(text.substring(0, text.length() - 1)))
        .hasMessageContaining("part of the text is missing");
  }

  @Test
  void aTextOfAnotherKindSaysWhatItIs() {
    assertThatThrownBy(() -> JoinToken.parse(token.text().replace("capjoin1", "capjoin2")))
        .hasMessageContaining("is of version 2");
    assertThatThrownBy(() -> JoinToken.parse(ApiKey.fresh(new SecureRandom()).text()))
        .hasMessageContaining("is an API key");
    assertThatThrownBy(() -> JoinToken.parse("hello")).hasMessageContaining("begins with capjoin1");
    assertThatThrownBy(() -> JoinToken.parse(token.text() + "x"))
        .hasMessageContaining("something was added");
    assertThatThrownBy(() -> JoinToken.parse(token.text().replaceAll("[a-z2-7]$", "0")))
        .hasMessageContaining("only a-z and 2-7");
  }
}
