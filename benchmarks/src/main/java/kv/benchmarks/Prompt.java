package kv.benchmarks;

import java.io.Console;

/** Asks the user at a terminal. */
interface Prompt {
  /** Shows a text, and returns the line that the user types, or null at the end of the input. */
  String ask(String text);

  /** Returns the terminal, or null if input or output is a file or another program. */
  static Prompt ofTerminal() {
    Console console = System.console();
    return isTerminal(console) ? text -> console.readLine("%s", text) : null;
  }

  private static boolean isTerminal(Console console) {
    if (console == null) {
      return false;
    }
    try {
      // Since JDK 22 there can be a console without a terminal, and this method to find out.
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
