package dev.capstan.security.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinGrant.Reason;
import dev.capstan.security.token.JoinGrant.Spending;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JoinGrantTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
  private static final Pin PIN = new Pin("0123456789abcdef".repeat(4));

  private final JoinToken token = JoinToken.fresh(new SecureRandom(), PIN);
  private final SecretDigest right = token.secret().digest();
  private final SecretDigest wrong = JoinToken.fresh(new SecureRandom(), PIN).secret().digest();
  private final JoinGrant grant =
      JoinGrant.of(token, Role.WORKER, null, NOW, JoinGrant.DEFAULT_LIFE);

  @Test
  void theRightSecretIsSpentAndNamesTheNode() {
    Spending spending = grant.spend(right, Role.WORKER, "w1", NOW);
    assertThat(spending).isInstanceOf(Spending.Spent.class);
    assertThat(spending.grant().usedBy()).isEqualTo("w1");
  }

  @Test
  void aTokenIsGoodForOneNode() {
    JoinGrant used = grant.spend(right, Role.WORKER, "w1", NOW).grant();
    assertRefused(used.spend(right, Role.WORKER, "w2", NOW), used, Reason.USED);
    assertRefused(used.spend(right, Role.WORKER, "w1", NOW), used, Reason.USED);
  }

  @Test
  void aTokenExpiresAtItsMinute() {
    Instant end = NOW.plus(Duration.ofMinutes(15));
    assertThat(grant.spend(right, Role.WORKER, "w1", end.minusMillis(1)))
        .isInstanceOf(Spending.Spent.class);
    assertRefused(grant.spend(right, Role.WORKER, "w1", end), grant, Reason.EXPIRED);
  }

  @Test
  void aTokenIsForItsRole() {
    assertRefused(grant.spend(right, Role.COORDINATOR, "c1", NOW), grant, Reason.WRONG_ROLE);
  }

  @Test
  void aTokenForANodeIsForNoOther() {
    JoinGrant named = JoinGrant.of(token, Role.WORKER, "w1", NOW, JoinGrant.DEFAULT_LIFE);
    assertRefused(named.spend(right, Role.WORKER, "w2", NOW), named, Reason.WRONG_NODE);
    assertThat(named.spend(right, Role.WORKER, "w1", NOW)).isInstanceOf(Spending.Spent.class);
  }

  @Test
  void fiveWrongSecretsKillItEvenForTheRightOne() {
    JoinGrant guessed = grant;
    for (int guess = 1; guess <= 5; guess++) {
      assertThat(guessed.isDead()).isFalse();
      Spending spending = guessed.spend(wrong, Role.WORKER, "w1", NOW);
      assertThat(spending).isEqualTo(new Spending.Refused(spending.grant(), Reason.UNKNOWN_SECRET));
      assertThat(spending.grant().wrongGuesses()).isEqualTo(guess);
      guessed = spending.grant();
    }
    assertThat(guessed.isDead()).isTrue();
    assertRefused(guessed.spend(right, Role.WORKER, "w1", NOW), guessed, Reason.DEAD);
    assertRefused(guessed.spend(wrong, Role.WORKER, "w1", NOW), guessed, Reason.DEAD);
  }

  @Test
  void fourWrongSecretsLeaveItAlive() {
    JoinGrant guessed = grant;
    for (int guess = 1; guess <= 4; guess++) {
      guessed = guessed.spend(wrong, Role.WORKER, "w1", NOW).grant();
    }
    assertThat(guessed.spend(right, Role.WORKER, "w1", NOW)).isInstanceOf(Spending.Spent.class);
  }

  @Test
  void whoHasAWrongSecretLearnsNothingElse() {
    JoinGrant used = grant.spend(right, Role.WORKER, "w1", NOW).grant();
    Spending spending = used.spend(wrong, Role.COORDINATOR, "c1", NOW.plus(Duration.ofDays(1)));
    assertThat(spending).isEqualTo(new Spending.Refused(spending.grant(), Reason.UNKNOWN_SECRET));
  }

  @Test
  void noTokenLivesLongerThanADayOrNotAtAll() {
    assertThat(JoinGrant.of(token, Role.WORKER, null, NOW, Duration.ofHours(24)).expiresAt())
        .isEqualTo(NOW.plus(Duration.ofHours(24)));
    for (Duration life :
        new Duration[] {Duration.ZERO, Duration.ofMillis(-1), Duration.ofHours(24).plusMillis(1)}) {
      assertThatThrownBy(() -> JoinGrant.of(token, Role.WORKER, null, NOW, life))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at most 24 hours");
    }
  }

  private static void assertRefused(Spending spending, JoinGrant same, Reason reason) {
    assertThat(spending).isEqualTo(new Spending.Refused(same, reason));
  }
}
