package dev.capstan.verify.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A process that lives, stands still or is dead. What was put down for it is done when it lives, is
 * done late when it stands still, and never when it died in between.
 */
final class SimulatedProcess {
  private final String name;
  private final Agenda agenda;
  private final Deque<Runnable> deferred = new ArrayDeque<>();
  private Runnable afterwards = () -> {};
  private boolean alive;
  private boolean paused;
  private int lives;

  SimulatedProcess(String name, Agenda agenda) {
    this.name = name;
    this.agenda = agenda;
  }

  String name() {
    return name;
  }

  /** What it does after everything that it does. */
  void afterwards(Runnable action) {
    afterwards = action;
  }

  /** Lives, whether it stands still or not. */
  boolean isAlive() {
    return alive;
  }

  /** Lives and does not stand still. */
  boolean runs() {
    return alive && !paused;
  }

  /** Which of its lives this is, from 1. */
  int life() {
    return lives;
  }

  void start() {
    alive = true;
    paused = false;
    lives++;
  }

  void crash() {
    alive = false;
    deferred.clear();
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    while (runs() && !deferred.isEmpty()) {
      perform(deferred.remove());
    }
  }

  /** Puts something down that this life of the process does. */
  void after(long nanos, Runnable action) {
    int life = lives;
    agenda.after(
        nanos,
        () -> {
          if (life == lives) {
            now(action);
          }
        });
  }

  /** Does something now, or as soon as it goes on. */
  void now(Runnable action) {
    if (!alive) {
      return;
    }
    if (paused) {
      deferred.add(action);
    } else {
      perform(action);
    }
  }

  private void perform(Runnable action) {
    action.run();
    afterwards.run();
  }
}
