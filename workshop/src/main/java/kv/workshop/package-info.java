/**
 * The tools of the course: look into a store's files, see what a step changes, and do the
 * exercises.
 *
 * <p>Start with {@link kv.workshop.Workshop}, the command line. Each command is a class.
 */
package kv.workshop;
