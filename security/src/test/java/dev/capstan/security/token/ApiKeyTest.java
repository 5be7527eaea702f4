package dev.capstan.security.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.identity.Pin;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
  private final ApiKey key = ApiKey.fresh(new SecureRandom());

  @Test
  void aKeyIsOneTextAndReadBack() {
    ApiKey read = ApiKey.parse(key.text() + " ");
    assertThat(key.text()).matches("capk_[a-z2-7]{16}_[a-z2-7]{40}");
    assertThat(read.id()).isEqualTo(key.id());
    assertThat(read.digest().matches(key.digest())).isTrue();
  }

  @Test
  void anotherKeyDoesNotMatch() {
    assertThat(ApiKey.fresh(new SecureRandom()).digest().matches(key.digest())).isFalse();
  }

  @Test
  void theSecretIsNeverPrinted() {
    assertThat(key.toString()).contains(key.id()).doesNotContain(key.text().substring(22));
  }

  @Test
  void everyTypingErrorIsFound() {
    String text = key.text();
    for (int i = "capk_".length(); i < text.length(); i++) {
      if (text.charAt(i) != '_') {
        char other = text.charAt(i) == 'a' ? 'b' : 'a';
        String wrong = text.substring(0, i) + other + text.substring(i + 1);
        assertThatThrownBy(() -> ApiKey.parse(wrong)).hasMessageContaining("typing error");
      }
    }
  }

  @Test
  void aTextOfAnotherKindSaysWhatItIs() {
    String token = JoinToken.fresh(new SecureRandom(), new Pin("00".repeat(32))).text();
    assertThatThrownBy(() -> ApiKey.parse(token)).hasMessageContaining("is a join token");
    assertThatThrownBy(() -> ApiKey.parse("")).hasMessageContaining("begins with capk_");
    assertThatThrownBy(() -> ApiKey.parse("capk_abc")).hasMessageContaining("cut off");
    assertThatThrownBy(() -> ApiKey.parse(key.text().substring(0, 50)))
        .hasMessageContaining("part of the text is missing");
  }
}
