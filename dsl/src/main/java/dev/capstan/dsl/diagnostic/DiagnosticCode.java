package dev.capstan.dsl.diagnostic;

/**
 * The kinds of findings. Codes and slugs are stable: programs compare them, and each has a page
 * {@code docs/errors/CAP-nnnn.md}.
 */
public enum DiagnosticCode {
  TEXT_TOO_LARGE(1001, "The text of a definition is larger than the limit."),
  YAML_SYNTAX(1002, "The text is not YAML."),
  JSON_SYNTAX(1003, "The text is not JSON."),
  DUPLICATE_KEY(1004, "A key stands twice in one object."),
  TEXT_TOO_DEEP(1005, "Values are nested deeper than the limit."),
  TOO_MANY_VALUES(1006, "The text holds more values than the limit."),
  BAD_ALIAS(1007, "An alias names no anchor, or the value that it stands in."),
  UNSUPPORTED_TAG(1008, "A value has a tag that JSON has no value for."),
  BAD_NUMBER(1009, "A number is too large, or is none in JSON."),
  BAD_KEY(1010, "A key is not a text."),
  SEVERAL_DOCUMENTS(1011, "The text holds more than one YAML document."),
  EMPTY_TEXT(1012, "The text holds no value."),
  TAB_INDENTATION(1013, "A line is indented with a tab."),
  UNCLOSED_QUOTE(1014, "A quoted text has no end."),

  UNKNOWN_PROPERTY(1101, "An object has a property that does not belong there."),
  MISSING_PROPERTY(1102, "An object lacks a property that it needs."),
  WRONG_TYPE(1103, "A value has the wrong type."),
  VALUE_NOT_ALLOWED(1104, "A value is none of the allowed ones."),
  WRONG_FORM(1105, "A text does not have the form that it must have."),
  TASK_WITHOUT_KIND(1106, "A task does not say what it does."),
  TASK_OF_SEVERAL_KINDS(1107, "A task is of more than one kind."),
  NOT_ONE_ENTRY(1108, "An item of a list does not have exactly one name."),
  NOT_EXACTLY_ONE(1109, "Not exactly one of several properties is given."),
  TOO_FEW(1110, "A list or object that must not be empty is empty."),
  PROPERTY_OUT_OF_PLACE(1111, "A property needs another property, or excludes it."),
  PROPERTY_IGNORED(1112, "A property is accepted, but means nothing."),

  DUPLICATE_TASK_NAME(1201, "Two tasks of one list have the same name."),
  RESERVED_TASK_NAME(1202, "A task has the name of a flow directive."),
  UNKNOWN_TASK(1204, "A flow directive names a task that is not in the same list."),
  UNKNOWN_ERROR(1205, "A raise names an error that is not in use.errors."),
  UNKNOWN_TIMEOUT(1206, "A timeout is named that is not in use.timeouts."),
  UNKNOWN_RETRY(1207, "A retry policy is named that is not in use.retries."),
  UNKNOWN_AUTHENTICATION(1208, "A policy is named that is not in use.authentications."),
  UNDECLARED_SECRET(1209, "A secret is used that is not in use.secrets."),
  UNKNOWN_FUNCTION(1210, "A call names a function that the definition does not declare."),
  SEVERAL_DEFAULTS(1211, "A switch has more than one default case."),
  EXCLUSIVE_PROPERTIES(1212, "Properties are given of which only one can have effect."),
  UNKNOWN_CATALOG(1213, "A call names a catalog that is not in use.catalogs."),
  RECURSIVE_FUNCTION(1214, "A function calls itself."),

  EXPRESSION_SYNTAX(1301, "An expression is not jq."),
  UNKNOWN_VARIABLE(1302, "An expression reads a variable that does not exist."),
  VARIABLE_NOT_AVAILABLE(1303, "An expression reads a variable that has no value at that place."),
  RESERVED_VARIABLE(1304, "A loop or catch variable has the name of a runtime argument."),
  BAD_VARIABLE_NAME(1305, "A loop or catch variable has a name that jq does not allow."),
  EXPRESSION_LANGUAGE(1306, "The definition wants another expression language than jq."),
  PARTIAL_EXPRESSION(1307, "A text contains an expression, but is not one."),

  BAD_DURATION(1401, "A duration is none, or is negative."),
  BAD_CRON(1402, "A cron expression is none, or never comes true."),
  DSL_VERSION(1403, "The definition is written for another version of the DSL."),
  BAD_SCHEMA(1404, "A data schema is not a JSON schema."),
  RESOURCE_REFUSED(1405, "An external resource can't be read from where it is said to be."),
  BAD_METADATA(1406, "The engine's settings under metadata.capstan are not an object."),
  EVENT_WITHOUT_TYPE(1408, "An event is emitted without a type."),
  NUMBER_OUT_OF_RANGE(1409, "A number is outside of its range."),
  EVENT_NOT_MAKEABLE(1410, "A human task or an update listens for what can't be made for it."),
  NESTED_COMPENSATION(1415, "A task that undoes another one is to be undone itself."),
  NOTHING_TO_CONTINUE_AS(1416, "A task is to continue as new, but runs no workflow."),

  TOO_MANY_TASKS(1501, "The definition has more tasks than the limit."),
  TASKS_TOO_DEEP(1502, "Tasks are nested deeper than the limit."),

  NOT_RUNNABLE_YET(1901, "The definition is valid, but this version can't run a part of it.");

  private final int number;
  private final String sentence;

  DiagnosticCode(int number, String sentence) {
    this.number = number;
    this.sentence = sentence;
  }

  /** Such as {@code CAP-1101}. */
  public String code() {
    return "CAP-" + number;
  }

  /** What it means, for lists of all codes. */
  public String sentence() {
    return sentence;
  }
}
