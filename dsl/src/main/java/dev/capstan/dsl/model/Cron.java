package dev.capstan.dsl.model;

/** A cron expression. */
public final class Cron {}
