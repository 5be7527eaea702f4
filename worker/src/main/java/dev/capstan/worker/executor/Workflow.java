package dev.capstan.worker.executor;

/** Names the definition that a task belongs to. */
public record Workflow(String namespace, String name, String version) {}
