/**
 * The learner's tools: they show a store's files, compare two steps, and help with the exercises.
 *
 * <p>Start with {@link kv.workshop.Workshop}, the command line. Each command is a class.
 */
package kv.workshop;
