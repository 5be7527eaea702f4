package dev.capstan.client;

import java.util.List;

/** Whether a coordinator can serve requests, and if not, the reasons. */
public record Readiness(boolean ready, List<String> reasons) {}
