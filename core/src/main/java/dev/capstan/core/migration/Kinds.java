package dev.capstan.core.migration;

import dev.capstan.dsl.model.Interaction;
import dev.capstan.dsl.model.Task;

/** What a task is, in words that tell apart what can't stand for each other. */
final class Kinds {
  private Kinds() {}

  static String of(Task task) {
    return switch (task) {
      case Task.Do _ -> "a do";
      case Task.Set _ -> "a set";
      case Task.Switch _ -> "a switch";
      case Task.For loop -> loop.parallel() == null ? "a for" : "a for with parallel iterations";
      case Task.Fork _ -> "a fork";
      case Task.Try _ -> "a try";
      case Task.Raise _ -> "a raise";
      case Task.Wait _ -> "a wait";
      case Task.Emit _ -> "an emit";
      case Task.Listen listen ->
          switch (listen.interaction()) {
            case null -> "a listen";
            case Interaction.Human _ -> "a human task";
            case Interaction.Update update -> "the update \"" + update.name() + "\"";
          };
      case Task.Subscribe _ -> "a subscription";
      case Task.Call _ -> "a call";
      case Task.CallFunction _ -> "a call of a function that is a task";
      case Task.Run _ -> "a run of a process";
      case Task.RunWorkflow run ->
          run.header().told().path("continueAsNew").asBoolean(false)
              ? "a run that continues as new"
              : "a run of a workflow";
      case Task.Extended extended -> of(extended.task());
    };
  }
}
