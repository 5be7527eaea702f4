package dev.capstan.core.migration;

import dev.capstan.dsl.model.Task;

/** What a task is, in words that tell apart what can't stand for each other. */
final class Kinds {
  private Kinds() {}

  static String of(Task task) {
    return switch (task) {
      case Task.Do _ -> "a do";
      case Task.Set _ -> "a set";
      case Task.Switch _ -> "a switch";
      case Task.For _ -> "a for";
      case Task.Fork _ -> "a fork";
      case Task.Try _ -> "a try";
      case Task.Raise _ -> "a raise";
      case Task.Wait _ -> "a wait";
      case Task.Emit _ -> "an emit";
      case Task.Listen _ -> "a listen";
      case Task.Call _ -> "a call";
      case Task.CallFunction _ -> "a call of a function that is a task";
      case Task.Run _ -> "a run of a process";
      case Task.RunWorkflow _ -> "a run of a workflow";
      case Task.Extended extended -> of(extended.task());
    };
  }
}
