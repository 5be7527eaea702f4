package dev.capstan.core.placement;

import org.jspecify.annotations.Nullable;

/** A node as placement sees it. Must not change while one placement looks at it. */
public interface Candidate {

  /** Its id. */
  String id();

  /** What people call it; need not be unique. */
  default String name() {
    return id();
  }

  /** How many attempts it runs at a time; at least 1. */
  int slots();

  /** How many of its slots are taken. */
  int running();

  /** Whether it can run tasks of this kind. */
  boolean offers(String kind);

  /** The value of a label; null when it has none of that name. */
  @Nullable String label(String name);

  /** How much it has of something that is counted; 0 when it did not say. */
  default long amount(Fact fact) {
    return 0;
  }

  /** Why it takes nothing new at present; null when it does. */
  @Nullable Closed closed();

  /** What every node says of itself in numbers. */
  enum Fact {
    /** Processors. */
    CPU("cpu"),
    /** Bytes of main memory. */
    MEMORY("memory"),
    /** Bytes of disk. */
    DISK("disk");

    private final String word;

    Fact(String word) {
      this.word = word;
    }

    /** The name that requirements use; no label can have it. */
    public String word() {
      return word;
    }

    /** The one of this name; null when there is none. */
    public static @Nullable Fact of(String word) {
      for (Fact fact : values()) {
        if (fact.word.equals(word)) {
          return fact;
        }
      }
      return null;
    }
  }

  /** Reasons why a node takes nothing new. */
  enum Closed {
    /** It runs to their end the attempts that it has, then it is empty. */
    DRAINING("is draining", "are draining"),
    /** Somebody closed it. */
    CORDONED("is cordoned", "are cordoned"),
    /** It has not been heard of for a while. */
    SUSPECT("is suspect", "are suspect"),
    /** What was sent to it waits to be read. */
    SLOW("reads too slowly", "read too slowly"),
    /** It has just refused an attempt. */
    REFUSING("has just refused an attempt", "have just refused an attempt");

    private final String one;
    private final String many;

    Closed(String one, String many) {
      this.one = one;
      this.many = many;
    }

    String said(int count) {
      return count + " " + (count == 1 ? one : many);
    }
  }
}
