package dev.capstan.client;

/**
 * A piece of what a running script or command printed. Pieces are not stored: who watches later
 * does not get them.
 *
 * @param stream {@code stdout} or {@code stderr}
 * @param text any part of a line, or several lines
 */
public record OutputPiece(
    String task, String reference, long run, int attempt, String stream, String text) {}
