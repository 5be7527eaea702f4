package dev.capstan.security.token;

import dev.capstan.security.identity.Role;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster keeps of a join token. Pure: a server stores it, and replaces it by the one that
 * {@link #spend} answers with, in one transaction, so that a token is spent once however many
 * coordinators are asked.
 *
 * @param id the token's
 * @param secret digest of the token's secret
 * @param role what a node becomes with it
 * @param node the only node that may use it; null for any
 * @param expiresAt from then on it is worth nothing
 * @param usedBy the node that joined with it; null as long as none has
 * @param wrongGuesses how often somebody came with another secret
 */
public record JoinGrant(
    String id,
    SecretDigest secret,
    Role role,
    @Nullable String node,
    Instant expiresAt,
    @Nullable String usedBy,
    int wrongGuesses) {
  /** How long a token is good unless somebody says otherwise. */
  public static final Duration DEFAULT_LIFE = Duration.ofMinutes(15);

  /** No token is good for longer. */
  public static final Duration LONGEST_LIFE = Duration.ofHours(24);

  /** With so many wrong secrets a token is dead, even for who has the right one. */
  public static final int DEADLY_GUESSES = 5;

  /**
   * The grant of a token.
   *
   * @param node the only node that may use it; null for any
   * @throws IllegalArgumentException if the life is not above zero, or longer than {@link
   *     #LONGEST_LIFE}
   */
  public static JoinGrant of(
      JoinToken token, Role role, @Nullable String node, Instant now, Duration life) {
    if (!life.isPositive() || life.compareTo(LONGEST_LIFE) > 0) {
      throw new IllegalArgumentException(
          "A join token is good for at most 24 hours and longer than none, not " + life);
    }
    return new JoinGrant(token.id(), token.secret().digest(), role, node, now.plus(life), null, 0);
  }

  /** Whether wrong secrets have killed it. */
  public boolean isDead() {
    return wrongGuesses >= DEADLY_GUESSES;
  }

  /**
   * A node wants to join with it.
   *
   * <p>The secret is looked at before all else but death, so that only its owner learns more than
   * that it was wrong.
   *
   * @param presented digest of the secret that it sent
   * @param wanted what it wants to be
   * @param joining its id
   */
  public Spending spend(SecretDigest presented, Role wanted, String joining, Instant now) {
    boolean right = secret.matches(presented);
    if (isDead()) {
      return new Spending.Refused(this, Reason.DEAD);
    }
    if (!right) {
      return new Spending.Refused(counted(), Reason.UNKNOWN_SECRET);
    }
    if (usedBy != null) {
      return new Spending.Refused(this, Reason.USED);
    }
    if (!now.isBefore(expiresAt)) {
      return new Spending.Refused(this, Reason.EXPIRED);
    }
    if (wanted != role) {
      return new Spending.Refused(this, Reason.WRONG_ROLE);
    }
    if (node != null && !node.equals(joining)) {
      return new Spending.Refused(this, Reason.WRONG_NODE);
    }
    return new Spending.Spent(
        new JoinGrant(id, secret, role, node, expiresAt, joining, wrongGuesses));
  }

  private JoinGrant counted() {
    return new JoinGrant(id, secret, role, node, expiresAt, usedBy, wrongGuesses + 1);
  }

  /** What came of it; {@link #grant} is to be stored in place of the one that was asked. */
  public sealed interface Spending {
    /** As it is now. */
    JoinGrant grant();

    /** The node may join. */
    record Spent(JoinGrant grant) implements Spending {}

    /** It may not. */
    record Refused(JoinGrant grant, Reason reason) implements Spending {}
  }

  /** Why a node may not join. */
  public enum Reason {
    /** The secret is another one. Also the answer where there is no such token. */
    UNKNOWN_SECRET(
        "The cluster knows no such join token: it was revoked, or is of another cluster; make a new"
            + " one"),
    /** A node has joined with it. */
    USED("The join token has been used: each is good for one node; make a new one"),
    /** Its time is over. */
    EXPIRED("The join token has expired; make a new one"),
    /** It is for the other role. */
    WRONG_ROLE("The join token is for another role; make one for the role that the node has"),
    /** It is for another node. */
    WRONG_NODE("The join token is for another node; make one for this node, or for any"),
    /** Too many wrong secrets came. */
    DEAD(
        "The join token is dead, since too many wrong secrets were sent with its id; make a new one"
            + " and find out who sent them");

    private final String sentence;

    Reason(String sentence) {
      this.sentence = sentence;
    }

    /** What is wrong and what to do, for the person who started the node. */
    public String sentence() {
      return sentence;
    }
  }
}
